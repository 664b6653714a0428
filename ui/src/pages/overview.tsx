// What is healthy and what is not, of all sources, on one page.
import { link } from "../data/stream";
import { Head } from "../parts/panels";
import { frameOf, sources } from "../state/sources";
import { many } from "../words/figures";
import { SourceCard } from "./sourcecard";

const SAD = { disconnected: 0, stale: 1 } as Record<string, number>;

export function OverviewPage() {
  const all = sources.value.map((source) => ({ source, frame: frameOf(source.name).value }));
  const sad = all.filter(({ frame }) => frame && frame.health.state in SAD).length;
  const lost = link.value === "lost";
  const words = sad
    ? `${many(sad, "source")} of ${all.length} cannot be trusted now`
    : `${many(all.length, "source")}, ${lost ? "as last heard" : "all answer"}`;
  return (
    <>
      <Head title="Overview">
        {all.length > 1 && <span class={sad || lost ? "tone-bad" : "soft"}>{words}</span>}
      </Head>
      {all.map(({ source, frame }) => (
        <SourceCard key={source.name} info={source} frame={frame} alone={all.length === 1} />
      ))}
    </>
  );
}
