// Beat's entries: what runs by the clock, when it last did and when it will.
import { ofSource } from "../data/client";
import { useLoaded } from "../data/loaded";
import { Badge } from "../parts/badge";
import { age, figure, text } from "../parts/columns";
import type { Column } from "../parts/gridprops";
import { GroupLink, quoted } from "../parts/links";
import { Empty, Head, Loading, Panel, Wrong } from "../parts/panels";
import { Rows } from "../parts/rows";
import type { ScheduleEntry } from "../records/records";
import { go, href } from "../state/address";
import { current } from "../state/sources";

const COLUMNS: Column<ScheduleEntry>[] = [
  { key: "name", title: "Entry", width: 11, value: (e) => e.name, cell: (e) => <b>{e.name}</b> },
  {
    key: "task",
    title: "Task",
    width: 11,
    value: (e) => e.task,
    cell: (e) => <GroupLink name={e.task} />,
  },
  text("schedule", "When", (e) => e.schedule, 10),
  age("last_run", "Last run", (e) => e.last_run, 7.5),
  {
    key: "last_state",
    title: "Ended",
    width: 7,
    value: (e) => e.last_state,
    cell: (e) => (e.last_state ? <Badge state={e.last_state} /> : <span class="soft">–</span>),
  },
  age("next_run", "Next run", (e) => e.next_run, 7.5),
  figure("runs", "Runs seen", (e) => e.runs),
  text("queue", "Queue", (e) => e.queue, 7),
  {
    key: "args",
    title: "Arguments",
    width: 12,
    cell: (e) => (
      <code>
        {[e.args, e.kwargs]
          .filter((text) => text && text !== "{}" && text !== "()" && text !== "[]")
          .join(" ") || "–"}
      </code>
    ),
  },
];

export function SchedulePage() {
  const loaded = useLoaded<ScheduleEntry[]>(ofSource(current.value, "schedule"), {}, 5000);
  return (
    <>
      <Head title="Schedule" />
      <Panel title="What runs by the clock" beside={loaded.data?.length || undefined}>
        {!loaded.data ? (
          loaded.error ? (
            <Wrong error={loaded.error} again={loaded.again} />
          ) : (
            <Loading what="the schedule" />
          )
        ) : loaded.data.length ? (
          <Rows
            label="Schedule"
            columns={COLUMNS}
            rows={loaded.data}
            keyOf={(entry) => entry.name}
            sort="next_run"
            onOpen={(entry) => go(href("/tasks", { search: `name=${quoted(entry.task)}` }))}
            main
          />
        ) : (
          <Empty icon="schedule" title="Nothing runs by the clock">
            Entries of the app's beat schedule appear here.
          </Empty>
        )}
      </Panel>
    </>
  );
}
