// Columns of the usual kinds: a figure, a text, an age. What is nothing or unknown stands back.
import type { ComponentChildren } from "preact";
import { count, NONE } from "../words/figures";
import type { Tone } from "../words/states";
import { Ago } from "./figures";
import type { Column } from "./gridprops";

interface FigureLook<T> {
  width?: number;
  /** How the figure is written; as a whole number by default. */
  show?: (value: number | null) => ComponentChildren;
  /** What is to be noticed. */
  tone?: (row: T) => Tone | false | undefined;
}

/** A figure at the right, to sort by. */
export function figure<T>(
  key: string,
  title: string,
  of: (row: T) => number | null,
  { width = 6, show = count, tone }: FigureLook<T> = {},
): Column<T> {
  const look = (row: T) => {
    const shown = tone?.(row);
    return shown ? `tone-${shown}` : of(row) ? undefined : "soft";
  };
  return {
    key,
    title,
    width,
    number: true,
    value: of,
    cell: (row) => <span class={look(row)}>{show(of(row))}</span>,
  };
}

/** A text, whole in its title where it is cut. */
export function text<T>(
  key: string,
  title: string,
  of: (row: T) => string | null,
  width = 8,
): Column<T> {
  return {
    key,
    title,
    width,
    value: of,
    cell: (row) => {
      const shown = of(row);
      return shown ? <span title={shown}>{shown}</span> : <span class="soft">{NONE}</span>;
    },
  };
}

/** How long ago it was, or in how long it will be. */
export function age<T>(
  key: string,
  title: string,
  of: (row: T) => number | null,
  width = 6.5,
): Column<T> {
  return { key, title, width, number: true, value: of, cell: (row) => <Ago at={of(row)} /> };
}
