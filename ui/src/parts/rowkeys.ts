// j and k move a mark over a table's rows, Enter opens the row, x chooses it.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { GridProps } from "./gridprops";

export function useRowKeys<T>(
  props: GridProps<T>,
  sheet: RefObject<HTMLDivElement | null>,
  height: number,
): number | null {
  const [here, setHere] = useState<number | null>(null);
  const newest = useRef({ props, here });
  newest.current = { props, here };
  useEffect(() => {
    if (!props.main) return;
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
      const { props: now, here: at } = newest.current;
      if (event.key === "j" || event.key === "k") {
        const to = moved(at, event.key === "j" ? 1 : -1, now.total);
        setHere(to);
        bring(sheet.current, to, height);
        event.preventDefault();
      } else if (at !== null && !target.closest("a, button, summary")) {
        const row = now.rowAt(at);
        if (row === undefined) return;
        if (event.key === "Enter") now.onOpen?.(row);
        else if (event.key === "x") now.choice?.toggle(now.keyOf(row));
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [props.main, height]);
  return here !== null && here < props.total ? here : null;
}

function moved(at: number | null, by: number, total: number): number {
  return at === null ? 0 : Math.min(Math.max(0, at + by), Math.max(0, total - 1));
}

/** Scrolls a row into sight, clear of the head that sticks above. */
function bring(box: HTMLDivElement | null, index: number, height: number): void {
  if (!box) return;
  const top = index * height;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + 2 * height > box.scrollTop + box.clientHeight)
    box.scrollTop = top + 2 * height - box.clientHeight;
}
