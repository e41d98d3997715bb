"""Workbooks (통합 문서) from strangers: bytes in, the cells of the columns asked for out.

Everything here runs in a child process (`core.readers`) and imports neither the database nor any other room, so that
the child stays small. A file passes two parsers, and the second never meets what a stranger wrote:

* `package`, `xml`, `parts` and `sheet_part` read an .xlsx with zlib and expat, refuse what they cannot read whole, and
  write each sheet down again in the plainest form;
* `reading` gives that form to calamine, which turns numbers and styles into values.

An .xls is walked record by record (`old_excel`) before calamine reads it. `sheet` and `columns` find the header and the
rows; `query` and `answer` are what crosses the pipe.
"""
