// What the word at the cursor of a search may become.
import { get, ofSource } from "../data/client";
import type { Completion } from "../records/api";
import { quoted } from "./links";

export interface Suggestion {
  text: string; // what takes the word's place
  hint: string;
}

/** Where the word at the cursor begins. */
export function wordAt(text: string, cursor: number): [number, string] {
  const before = text.slice(0, cursor);
  const start = Math.max(before.lastIndexOf(" "), before.lastIndexOf("(")) + 1;
  return [start, before.slice(start)];
}

type Kind = "names" | "workers" | "states";
const VALUES: Record<string, Kind> = { name: "names", worker: "workers", state: "states" };
const HINTS: Record<Kind, string> = { names: "name", workers: "worker", states: "state" };

export async function suggestions(
  source: string,
  word: string,
  signal: AbortSignal,
): Promise<Suggestion[]> {
  const minus = word.startsWith("-") ? "-" : "";
  const bare = word.slice(minus.length);
  const colon = bare.indexOf(":");
  const qualifier = colon < 0 ? "" : bare.slice(0, colon);
  const kind = VALUES[qualifier];
  if (colon >= 0 && !kind) return [];
  const prefix = bare.slice(colon + 1).replace(/^"/, "");
  const found = await get<Completion>(ofSource(source, "search"), { prefix }, signal);
  if (kind)
    return found[kind].map((value) => ({
      text: `${minus}${qualifier}:${quoted(value)} `,
      hint: HINTS[kind],
    }));
  const values = (Object.keys(HINTS) as Kind[]).flatMap((each) =>
    found[each]
      .slice(0, 6)
      .map((value) => ({ text: `${minus}${HINTS[each]}:${quoted(value)} `, hint: HINTS[each] })),
  );
  return [...found.qualifiers.map((text) => ({ text: minus + text, hint: "filter" })), ...values];
}
