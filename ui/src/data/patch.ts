// Applies a difference to a frame. What did not change stays the same object, so that a row is
// drawn anew only when it changed.
import type { Frame } from "../records/records";

export interface RowPatch {
  set?: Record<string, unknown>;
  drop?: string[];
}

export type FramePatch = { [key: string]: unknown };

const ROWS: Record<string, (row: never) => string> = {
  groups: (row: { name: string }) => row.name,
  workers: (row: { name: string }) => row.name,
  queues: (row: { name: string }) => row.name,
  failures: (row: { exception: string; group: string }) => `${row.exception} in ${row.group}`,
};

export function applyPatch(frame: Frame, patch: FramePatch): Frame {
  const next: Record<string, unknown> = { ...frame };
  for (const [key, value] of Object.entries(patch)) {
    next[key] = isRowPatch(key, value)
      ? patchRows(next[key] as Named[], value, ROWS[key] as (row: Named) => string)
      : value;
  }
  return next as unknown as Frame;
}

type Named = Record<string, unknown>;

function isRowPatch(key: string, value: unknown): value is RowPatch {
  return key in ROWS && typeof value === "object" && value !== null && !Array.isArray(value);
}

function patchRows(rows: Named[], patch: RowPatch, name: (row: Named) => string): Named[] {
  const set = new Map(Object.entries(patch.set ?? {}) as [string, Named][]);
  const drop = new Set(patch.drop ?? []);
  const next: Named[] = [];
  for (const row of rows) {
    const key = name(row);
    const changed = set.get(key);
    if (changed) set.delete(key);
    if (!drop.has(key)) next.push(changed ?? row);
  }
  next.push(...set.values());
  return next;
}
