"""Readers (읽기 프로세스): native code that meets what strangers send runs in child processes, never in the server.

A child has limits of memory, time and open files, no secrets, no connections, and ends with its parent. `pool.Readers`
starts children when they are needed, keeps them warm and replaces those that die; `child` is what runs in one. What
comes back is JSON in frames of limited size. A child that dies, overruns or talks nonsense is a refusal of the one file
it was reading (`problems`).

This module imports nothing, for a child imports it.
"""
