/**
 * The text of a headers editor with `token` in it; null takes it out again. What a person wrote stays:
 * another `Authorization` than one of `ours`, and text that is not a JSON object.
 */
export function withToken(text, token, ours) {
  let headers;
  try {
    headers = JSON.parse(text.trim() || "{}");
  } catch {
    return text;
  }
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return text;
  const { Authorization: present, ...others } = headers;
  if (present !== undefined && !ours.has(present)) return text;
  const wanted = token === null ? others : { ...others, Authorization: `Bearer ${token}` };
  return Object.keys(wanted).length === 0 ? "" : JSON.stringify(wanted, null, 2);
}
