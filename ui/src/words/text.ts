// Names and texts cut to fit.

/** A long id or name with its middle left out. */
export function middle(text: string, room: number): string {
  if (text.length <= room) return text;
  const head = Math.ceil((room - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (room - 1 - head))}`;
}

/** The last part of a dotted name, and what stands before it. */
export function dotted(name: string): [string, string] {
  const at = name.lastIndexOf(".");
  return at < 0 ? ["", name] : [name.slice(0, at + 1), name.slice(at + 1)];
}

/** Any value of an answer as text. */
export function plain(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
}
