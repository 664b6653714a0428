// A table whose rows are all here, sorted on the page; the address holds the order.
import { useMemo } from "preact/hooks";
import { setQuery, setting } from "../state/address";
import { Grid } from "./grid";
import type { Column, GridProps } from "./gridprops";

type Kept = "label" | "columns" | "keyOf" | "onOpen" | "choice" | "dim" | "main" | "tall";

interface RowsProps<T> extends Pick<GridProps<T>, Kept> {
  rows: T[];
  /** Name of the address's setting that holds the order. */
  order?: string;
  /** The order where none is asked for. */
  sort?: string;
}

export function Rows<T>({
  rows,
  columns,
  order = "sort",
  sort: usual = "",
  ...rest
}: RowsProps<T>) {
  const sort = setting(order, usual);
  const sorted = useMemo(() => inOrder(rows, columns, sort), [rows, columns, sort]);
  return (
    <Grid
      {...rest}
      columns={columns}
      total={sorted.length}
      rowAt={(index) => sorted[index]}
      sort={sort}
      onSort={(next) => setQuery({ [order]: next })}
    />
  );
}

function inOrder<T>(rows: T[], columns: Column<T>[], sort: string): T[] {
  const value = columns.find((column) => column.key === sort.replace(/^-/, ""))?.value;
  if (!value) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => compare(value(a), value(b), sign));
}

/** What is not known comes last in either direction. */
function compare(a: number | string | null, b: number | string | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}
