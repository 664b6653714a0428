// Queues: how full, how fast, how old, who takes from them; pause, resume, purge. Those of a
// pipeline stand before its stages.
import { Chart, ChartLegend } from "../charts/chart";
import type { Column } from "../parts/gridprops";
import { quoted } from "../parts/links";
import { Empty, Head, Loading, Panel } from "../parts/panels";
import { RangeChoice, useRange } from "../parts/range";
import { Rows } from "../parts/rows";
import type { Group, QueueView } from "../records/records";
import { go, href } from "../state/address";
import { seriesOf } from "../state/series";
import { current, info, frame as shown } from "../state/sources";
import { count, many, short } from "../words/figures";
import { STAGE_QUEUES } from "./groupcolumns";
import { Trouble } from "./healthstrip";
import { QUEUES } from "./queuecolumns";

export function QueuesPage() {
  const frame = shown.value;
  if (!frame) return <Loading what="queues" />;
  return (
    <>
      <Head title="Queues" />
      <Trouble health={frame.health} />
      {info.value?.kind === "pipeline" ? (
        <Queues rows={frame.groups} kind={OF_STAGES} />
      ) : (
        <Queues rows={frame.queues} kind={OF_BROKER} />
      )}
    </>
  );
}

interface Kind<T> {
  /** What waits in them. */
  what: "messages" | "items";
  title: string;
  columns: Column<T>[];
  depthOf: (row: T) => number;
  sort?: string;
  search: (name: string) => string;
  none: [string, string];
}

const OF_BROKER: Kind<QueueView> = {
  what: "messages",
  title: "All queues",
  columns: QUEUES,
  depthOf: (queue) => queue.messages ?? 0,
  sort: "-messages",
  search: (name) => `queue=${quoted(name)}`,
  none: ["No queues are known", "They are found from the workers that consume them."],
};

const OF_STAGES: Kind<Group> = {
  what: "items",
  title: "Before the stages",
  columns: STAGE_QUEUES,
  depthOf: (stage) => stage.queued,
  search: (name) => `state:received name=${quoted(name)}`,
  none: ["No stages yet", "They appear with the first item."],
};

function Queues<T extends { name: string }>({ rows, kind }: { rows: T[]; kind: Kind<T> }) {
  const { what, title, columns, depthOf, sort, search, none } = kind;
  const all = rows.reduce((sum, row) => sum + depthOf(row), 0);
  const beside = `${many(rows.length, "queue")} with ${count(all)} ${what}`;
  return (
    <>
      <Panel title={title} beside={rows.length ? beside : undefined}>
        {rows.length ? (
          <Rows
            label="Queues"
            columns={columns}
            rows={rows}
            keyOf={(row) => row.name}
            sort={sort}
            onOpen={(row) => go(href("/tasks", { search: search(row.name) }))}
            main
          />
        ) : (
          <Empty icon="queues" title={none[0]}>
            {none[1]}
          </Empty>
        )}
      </Panel>
      {rows.length > 0 && <Depths what={what} names={deepest(rows, depthOf)} />}
    </>
  );
}

/** Names of the five deepest, in their own order, so that colours stay. */
function deepest<T extends { name: string }>(rows: T[], depthOf: (row: T) => number): string[] {
  const most = [...rows].sort((a, b) => depthOf(b) - depthOf(a)).slice(0, 5);
  return rows.filter((row) => most.includes(row)).map((row) => row.name);
}

function Depths({ what, names }: { what: "messages" | "items"; names: string[] }) {
  const source = current.value;
  const seconds = useRange();
  const key = what === "items" ? "queued" : what;
  const lines = names.map((name) => ({ key: `${key}:${name}`, title: name }));
  return (
    <Panel
      title={what === "items" ? "Items" : "Messages"}
      tools={
        <>
          <ChartLegend lines={lines} />
          <RangeChoice />
        </>
      }
    >
      <Chart
        label={`How many ${what} the deepest queues hold over time; the table says how it is now`}
        series={() => seriesOf(source)}
        lines={lines}
        seconds={seconds}
        format={short}
        height={200}
        whole
      />
    </Panel>
  );
}
