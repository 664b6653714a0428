// The list of pages.
import { href, place } from "../state/address";
import { GO_TO } from "../state/keys";
import { current, frame, info } from "../state/sources";
import { short } from "../words/figures";
import { Icon, type IconName } from "./icons";

const ICONS: Record<string, IconName> = {
  o: "home",
  p: "flow",
  w: "workers",
  t: "tasks",
  q: "queues",
  f: "failures",
  e: "events",
  s: "schedule",
  a: "about",
};

export function SideBar() {
  const at = place.value.path;
  return (
    <nav class="side" aria-label="Pages">
      {Object.entries(GO_TO).map(([key, [name, path]]) => {
        if (key === "s" && info.value?.kind === "pipeline") return null;
        const to = path === "/pipelines" ? `${path}/${encodeURIComponent(current.value)}` : path;
        const title = key === "p" && info.value?.kind === "cluster" ? "Task types" : name;
        return (
          <a key={key} href={href(to)} aria-current={isAt(at, path) ? "page" : undefined}>
            <Icon name={ICONS[key] ?? "about"} />
            {title}
            {key === "f" ? <FailureTally /> : <kbd aria-hidden="true">g {key}</kbd>}
          </a>
        );
      })}
    </nav>
  );
}

function FailureTally() {
  const groups = frame.value?.failures ?? [];
  const total = groups.reduce((sum, group) => sum + group.trend.reduce((a, b) => a + b, 0), 0);
  return total ? (
    <span class="tally tone-bad" title="in the last hour">
      {short(total)}
    </span>
  ) : null;
}

/** `/worker/x` belongs to Workers, `/broker` is Queues. */
function isAt(at: string, path: string): boolean {
  if (path === "/") return at === "/";
  if (path === "/queues" && at === "/broker") return true;
  return at === path || at.startsWith(`${path}/`) || at.startsWith(`${path.replace(/s$/, "")}/`);
}
