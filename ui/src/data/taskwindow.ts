// The rows of a long table of tasks that are in sight, fetched by pages of 100.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { TaskPage, TaskView } from "../records/records";
import { get, ofSource, words } from "./client";

const PAGE = 100;
const EVERY = 2000;

export interface TaskWindow {
  total: number;
  loaded: boolean;
  error: string;
  rowAt: (index: number) => TaskView | undefined;
  /** All rows that are here, for choosing. */
  held: () => TaskView[];
  see: (first: number, last: number) => void;
  again: () => void;
}

interface Held {
  key: string;
  pages: Map<number, TaskView[]>;
  asked: Set<number>;
  total: number;
  error: string;
}

const fresh = (key: string): Held => ({
  key,
  pages: new Map(),
  asked: new Set(),
  total: 0,
  error: "",
});

/** `live`: the pages in sight are asked for again every 2 s while the table is at its top. */
export function useTaskWindow(
  source: string,
  search: string,
  sort: string,
  live: boolean,
): TaskWindow {
  const key = `${source} ${sort} ${search}`;
  const held = useRef<Held>(fresh(""));
  const seen = useRef<[number, number]>([0, 40]);
  const [, redraw] = useState(0);
  const shown = useRef(fresh(""));

  const fetchPage = useCallback(
    async (page: number, into: Held) => {
      into.asked.add(page);
      try {
        const said = await get<TaskPage>(ofSource(source, "tasks"), {
          search,
          sort,
          limit: PAGE,
          offset: page * PAGE,
        });
        into.pages.set(page, reuse(into.pages.get(page), said.tasks));
        into.total = said.total;
        into.error = "";
      } catch (error) {
        into.error = words(error);
      }
      into.asked.delete(page);
      if (held.current !== into) return;
      shown.current = into;
      redraw((turn) => turn + 1);
    },
    [key],
  );

  const inSight = useCallback(
    (again: boolean) => {
      const into = held.current;
      const [first, last] = seen.current;
      for (
        let page = Math.floor(first / PAGE);
        page <= Math.floor(Math.max(first, last - 1) / PAGE);
        page++
      )
        if (!into.asked.has(page) && (again || !into.pages.has(page))) void fetchPage(page, into);
      if (into.pages.size > 30) forget(into, first);
    },
    [fetchPage],
  );

  useEffect(() => {
    held.current = fresh(key);
    inSight(true);
  }, [key, inSight]);

  useEffect(() => {
    if (!live) return;
    inSight(true);
    const timer = setInterval(() => {
      if (!document.hidden && seen.current[0] === 0) inSight(true);
    }, EVERY);
    return () => clearInterval(timer);
  }, [live, inSight]);

  const see = useCallback(
    (first: number, last: number) => {
      seen.current = [first, last];
      inSight(false);
    },
    [inSight],
  );

  return {
    total: shown.current.total,
    loaded: shown.current.key !== "",
    error: shown.current.error,
    rowAt: (index) => shown.current.pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    held: () =>
      [...shown.current.pages.entries()].sort((a, b) => a[0] - b[0]).flatMap(([, rows]) => rows),
    see,
    again: () => inSight(true),
  };
}

/** Keeps the old object of a row that did not change, so that it is not drawn anew. */
function reuse(old: TaskView[] | undefined, rows: TaskView[]): TaskView[] {
  const known = new Map(old?.map((row) => [row.id, row]));
  return rows.map((row) => {
    const before = known.get(row.id);
    const same =
      before &&
      (Object.keys(row) as (keyof TaskView)[]).every((field) => before[field] === row[field]);
    return same ? before : row;
  });
}

/** Pages far from those in sight are fetched again when they are needed. */
function forget(into: Held, first: number): void {
  const here = Math.floor(first / PAGE);
  for (const page of into.pages.keys()) if (Math.abs(page - here) > 10) into.pages.delete(page);
}
