// The list of pages.
import { computed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
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
  const list = useRef<HTMLElement>(null);
  useEffect(() => show(list.current), [at, info.value?.kind, failed.value > 0]);
  return (
    <nav class="side" aria-label="Pages" ref={list}>
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

/** On a narrow screen the list is one line, of which only a part is seen. */
function show(list: HTMLElement | null): void {
  const link = list?.querySelector<HTMLElement>("[aria-current]");
  if (list && link)
    list.scrollLeft = link.offsetLeft - list.offsetLeft - (list.clientWidth - link.clientWidth) / 2;
}

/** Failures of the last hour. */
const failed = computed(() =>
  (frame.value?.failures ?? []).flatMap((group) => group.trend).reduce((a, b) => a + b, 0),
);

function FailureTally() {
  return failed.value ? (
    <span class="tally tone-bad" title="in the last hour">
      {short(failed.value)}
    </span>
  ) : null;
}

/** `/worker/x` belongs to Workers, `/broker` is Queues. */
function isAt(at: string, path: string): boolean {
  if (path === "/") return at === "/";
  if (path === "/queues" && at === "/broker") return true;
  return at === path || at.startsWith(`${path}/`) || at.startsWith(`${path.replace(/s$/, "")}/`);
}
