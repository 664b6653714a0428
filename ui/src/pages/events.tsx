// The live tail of raw events, with pause and filter.
import { useMemo, useState } from "preact/hooks";
import { Grid } from "../parts/grid";
import type { Column } from "../parts/gridprops";
import { TaskLink, WorkerLink } from "../parts/links";
import { Empty, Head, Panel } from "../parts/panels";
import type { RawEvent } from "../records/api";
import { setQuery, setting } from "../state/address";
import { frame } from "../state/sources";
import { useTail } from "../state/tail";
import { count } from "../words/figures";
import { precise } from "../words/times";
import { Trouble } from "./healthstrip";

/** What every event of Celery carries and hardly anybody looks for. */
const LAST = ["utcoffset", "pid", "clock", "freq", "local_received"];
const KNOWN = new Set([
  "seq",
  "type",
  "status",
  "timestamp",
  "hostname",
  "worker",
  "uuid",
  "item_id",
]);

const text = (value: unknown) => (value === null || value === undefined ? "" : String(value));
const idOf = (event: RawEvent) => text(event.uuid ?? event.item_id);
const workerOf = (event: RawEvent) => text(event.hostname ?? event.worker);
const isSent = (event: RawEvent) => event.type === "task-sent";
const rest = (event: RawEvent) =>
  Object.entries(event)
    .filter(([key, value]) => !KNOWN.has(key) && value !== null && value !== "")
    .sort(([a], [b]) => LAST.indexOf(a) - LAST.indexOf(b))
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("  ");

const COLUMNS: Column<RawEvent>[] = [
  { key: "seq", title: "No.", width: 5, narrow: 4.4, number: true, cell: (event) => event.seq },
  {
    key: "at",
    title: "Time",
    width: 8,
    cell: (event) => (typeof event.timestamp === "number" ? precise(event.timestamp) : "–"),
  },
  {
    key: "type",
    title: "Event",
    width: 10,
    narrow: 9.2,
    cell: (event) => <b>{text(event.type ?? event.status)}</b>,
  },
  {
    key: "id",
    title: "Task",
    width: 12,
    narrow: 9,
    cell: (event) =>
      idOf(event) ? <TaskLink id={idOf(event)} room={22} /> : <span class="soft">–</span>,
  },
  {
    key: "worker",
    title: "Worker",
    width: 9,
    cell: (event) =>
      isSent(event) ? (
        <span title="The client that sent it">{workerOf(event)}</span>
      ) : (
        <WorkerLink name={workerOf(event) || null} />
      ),
  },
  {
    key: "rest",
    title: "Fields",
    width: 24,
    cell: (event) => (
      <span class="soft" title={rest(event)}>
        {rest(event).slice(0, 400)}
      </span>
    ),
  },
];

export function EventsPage() {
  const [paused, setPaused] = useState(false);
  const events = useTail(paused);
  const filter = setting("filter");
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    return events.filter((event) => !words.length || matches(event, words)).reverse();
  }, [events, filter]);
  const newest = `the newest ${count(events.length)}`;
  const health = frame.value?.health;
  return (
    <>
      <Head title="Events">
        <input
          data-search
          type="search"
          aria-label="Filter events"
          placeholder="Filter: words that must occur"
          value={filter}
          onInput={(event) => setQuery({ filter: event.currentTarget.value })}
        />
        <button
          type="button"
          class="button"
          aria-pressed={paused}
          onClick={() => setPaused(!paused)}
        >
          {paused ? "Go on" : "Pause"}
        </button>
      </Head>
      {health && <Trouble health={health} />}
      <Panel
        title={paused ? "Paused" : "Live, newest first"}
        beside={filter ? `${count(shown.length)} of ${newest}` : newest}
      >
        {shown.length ? (
          <div class="tail">
            <Grid
              label="Events"
              columns={COLUMNS}
              total={shown.length}
              rowAt={(index) => shown[index]}
              keyOf={(event) => String(event.seq)}
              sort=""
              main
              tall
            />
          </div>
        ) : (
          <Empty icon="events" title={events.length ? "No event matches" : "No events yet"}>
            {events.length ? "Take a word away." : "They show as soon as one comes."}
          </Empty>
        )}
      </Panel>
    </>
  );
}

function matches(event: RawEvent, words: string[]): boolean {
  const all = JSON.stringify(event).toLowerCase();
  return words.every((word) => all.includes(word));
}
