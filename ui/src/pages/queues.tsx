// Queues: how full, how fast, how old, who takes from them; pause, resume, purge.
import { Chart, ChartLegend } from "../charts/chart";
import { quoted } from "../parts/links";
import { Empty, Head, Loading, Panel } from "../parts/panels";
import { RangeChoice, useRange } from "../parts/range";
import { Rows } from "../parts/rows";
import { go, href } from "../state/address";
import { seriesOf } from "../state/series";
import { current, frame as shown } from "../state/sources";
import { count, short } from "../words/figures";
import { Trouble } from "./healthstrip";
import { QUEUES } from "./queuecolumns";

export function QueuesPage() {
  const frame = shown.value;
  const seconds = useRange();
  if (!frame) return <Loading what="queues" />;
  const deepest = [...frame.queues]
    .sort((a, b) => (b.messages ?? 0) - (a.messages ?? 0))
    .slice(0, 5);
  const lines = deepest
    .map((queue) => queue.name)
    .sort()
    .map((name) => ({ key: `messages:${name}`, title: name }));
  const source = current.value;
  const all = frame.queues.reduce((sum, queue) => sum + (queue.messages ?? 0), 0);
  return (
    <>
      <Head title="Queues" />
      <Trouble health={frame.health} />
      <Panel
        title="All queues"
        beside={
          frame.queues.length
            ? `${count(frame.queues.length)} with ${count(all)} messages`
            : undefined
        }
      >
        {frame.queues.length ? (
          <Rows
            label="Queues"
            columns={QUEUES}
            rows={frame.queues}
            keyOf={(queue) => queue.name}
            sort="-messages"
            onOpen={(queue) => go(href("/tasks", { search: `queue:${quoted(queue.name)}` }))}
            main
          />
        ) : (
          <Empty icon="queues" title="No queues are known">
            They are found from the workers that consume them.
          </Empty>
        )}
      </Panel>
      {lines.length > 0 && (
        <Panel
          title="Messages"
          tools={
            <>
              <ChartLegend lines={lines} />
              <RangeChoice />
            </>
          }
        >
          <Chart
            label="Messages in the deepest queues over time; the table says how it is now"
            series={() => seriesOf(source)}
            lines={lines}
            seconds={seconds}
            format={short}
            height={200}
          />
        </Panel>
      )}
    </>
  );
}
