// What a table is told: its columns, its rows, and what can be done with them.
import type { ComponentChildren } from "preact";

export interface Column<T> {
  key: string;
  title: string;
  /** In rem; what is over is shared among all. */
  width: number;
  /** The same on a narrow screen, where it differs. */
  narrow?: number;
  number?: boolean;
  /** Figures and texts to sort by, for tables that hold all their rows. */
  value?: (row: T) => number | string | null;
  /** Whether the server sorts by it. */
  sorts?: boolean;
  cell: (row: T) => ComponentChildren;
}

export interface Choice {
  has: (key: string) => boolean;
  toggle: (key: string) => void;
  all: boolean;
  toggleAll: () => void;
}

export interface GridProps<T> {
  label: string;
  columns: Column<T>[];
  total: number;
  rowAt: (index: number) => T | undefined;
  keyOf: (row: T) => string;
  sort: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: T) => void;
  onWindow?: (first: number, last: number) => void;
  choice?: Choice;
  dim?: (row: T) => boolean;
  /** Whether j, k and Enter are this table's; one a page. */
  main?: boolean;
  tall?: boolean;
}
