// The table of tasks: search, states, columns, and what to do with those that were chosen.
import { useEffect, useMemo, useState } from "preact/hooks";
import { useTaskWindow } from "../data/taskwindow";
import { Grid } from "../parts/grid";
import type { Choice } from "../parts/gridprops";
import { Empty, Head, Loading } from "../parts/panels";
import { SaveMenu } from "../parts/save";
import { Search } from "../parts/search";
import { go, href, setQuery, setting } from "../state/address";
import { verbsFor } from "../state/commands";
import { current, frame } from "../state/sources";
import { count } from "../words/figures";
import { BulkBar } from "./bulkbar";
import { ColumnChoice, useTaskColumns } from "./columnchoice";
import { Trouble } from "./healthstrip";
import { StateChips } from "./statechips";

export function TasksPage() {
  const source = current.value;
  const search = setting("search");
  const sort = setting("sort", "-received");
  const [live, setLive] = useState(true);
  const columns = useTaskColumns();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const moving = live && !chosen.size;
  const tasks = useTaskWindow(source, search, sort, moving);
  useEffect(() => setChosen(new Set()), [search, source]);
  useEffect(() => {
    if (setting("focus") !== "search") return;
    setQuery({ focus: null });
    document.querySelector<HTMLInputElement>("[data-search]")?.focus();
  }, []);
  const choice = useMemo(
    () => choiceOf(chosen, setChosen, tasks.held),
    [chosen, tasks.total, tasks.loaded],
  );
  const acts = verbsFor("task").length + verbsFor("tasks").length > 0;
  const health = frame.value?.health;
  return (
    <>
      <Head
        title="Tasks"
        tools={
          <>
            <LiveButton live={moving} set={setLive} still={chosen.size > 0} />
            <ColumnChoice />
            <SaveMenu search={search} />
          </>
        }
      >
        <span class="soft">
          {tasks.loaded && !tasks.error && `${count(tasks.total)}${search ? " match" : ""}`}
        </span>
      </Head>
      {health && <Trouble health={health} />}
      <Search
        source={source}
        value={search}
        change={(text) => setQuery({ search: text })}
        error={search ? tasks.error : ""}
      />
      <StateChips />
      <section class="panel">
        {acts && (
          <BulkBar
            chosen={[...chosen]}
            search={search}
            total={tasks.total}
            clear={() => setChosen(new Set())}
            done={tasks.again}
          />
        )}
        {!tasks.loaded ? (
          <Loading what="tasks" />
        ) : tasks.total ? (
          <Grid
            label="Tasks"
            columns={columns}
            total={tasks.total}
            rowAt={tasks.rowAt}
            keyOf={(task) => task.id}
            sort={sort}
            onSort={(next) => setQuery({ sort: next })}
            onOpen={(task) => go(href(`/task/${encodeURIComponent(task.id)}`))}
            onWindow={tasks.see}
            choice={acts ? choice : undefined}
            main
            tall
          />
        ) : (
          <Empty
            title={
              tasks.error
                ? "The search could not be run"
                : search
                  ? "No task matches"
                  : "No tasks yet"
            }
          >
            {tasks.error ||
              (search
                ? "Try fewer words; ? shows what the search knows."
                : "They appear by themselves with the first event.")}
          </Empty>
        )}
      </section>
    </>
  );
}

interface LiveProps {
  live: boolean;
  set: (live: boolean) => void;
  still: boolean;
}

function LiveButton({ live, set, still }: LiveProps) {
  return (
    <button
      type="button"
      class="button"
      aria-pressed={live}
      disabled={still}
      title={
        still
          ? "The table stands still while tasks are chosen"
          : "While live, the table follows new tasks as long as it is at its top"
      }
      onClick={() => set(!live)}
    >
      Live
    </button>
  );
}

type Held = () => { id: string }[];

function choiceOf(
  chosen: ReadonlySet<string>,
  set: (next: Set<string>) => void,
  held: Held,
): Choice {
  const ids = held().map((task) => task.id);
  const all = ids.length > 0 && ids.every((id) => chosen.has(id));
  return {
    has: (id) => chosen.has(id),
    toggle: (id) => {
      const next = new Set(chosen);
      if (!next.delete(id)) next.add(id);
      set(next);
    },
    all,
    toggleAll: () => set(all ? new Set() : new Set([...chosen, ...ids])),
  };
}
