// The frame around every page, and which page a path shows.
import { useSignalEffect } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { AboutPage } from "./pages/about";
import { EventsPage } from "./pages/events";
import { FailuresPage } from "./pages/failures";
import { FlowPage } from "./pages/flow";
import { OverviewPage } from "./pages/overview";
import { QueuesPage } from "./pages/queues";
import { SchedulePage } from "./pages/schedule";
import { TaskPage } from "./pages/task";
import { TasksPage } from "./pages/tasks";
import { WorkerPage } from "./pages/worker";
import { WorkersPage } from "./pages/workers";
import { AskDialog } from "./parts/askdialog";
import { Help } from "./parts/help";
import { ServerLost } from "./parts/lost";
import { NoticeList } from "./parts/noticelist";
import { Empty, Loading, Wrong } from "./parts/panels";
import { SideBar } from "./parts/sidebar";
import { TopBar } from "./parts/topbar";
import { decoded, followLinks, href, place } from "./state/address";
import { listenToKeys } from "./state/keys";
import { applyPreferences } from "./state/preferences";
import { current, follow, load, loadError, missing, OF_ALL, sources } from "./state/sources";

const PAGES: [RegExp, string, ComponentType<{ id: string }>][] = [
  [/^\/$/, "Overview", OverviewPage],
  [/^\/pipelines(?:\/(.+))?$/, "Flow", FlowPage],
  [/^\/workers$/, "Workers", WorkersPage],
  [/^\/worker\/(.+)$/, "Worker", WorkerPage],
  [/^\/tasks$/, "Tasks", TasksPage],
  [/^\/task\/(.+)$/, "Task", TaskPage],
  [/^\/(?:queues|broker)$/, "Queues", QueuesPage],
  [/^\/failures$/, "Failures", FailuresPage],
  [/^\/events$/, "Events", EventsPage],
  [/^\/schedule$/, "Schedule", SchedulePage],
  [/^\/about$/, "About", AboutPage],
];

function Page() {
  const path = place.value.path;
  if (!sources.value.length)
    return loadError.value ? (
      <Wrong error={loadError.value} again={load} />
    ) : (
      <Loading what="the dashboard" />
    );
  if (missing.value && !OF_ALL.includes(path))
    return (
      <Empty title={`There is no source named ${missing.value}`}>
        See what there is on the <a href={href("/", {}, current.value)}>overview</a>.
      </Empty>
    );
  for (const [pattern, title, Shown] of PAGES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const id = match[1] ? decoded(match[1]) : "";
    return (
      <Titled
        key={`${title} ${id} ${current.value}`}
        title={[id, title].filter(Boolean).join(" · ")}
        Shown={Shown}
        id={id}
      />
    );
  }
  return <Empty title="There is no such page">{path}</Empty>;
}

function Titled({
  title,
  Shown,
  id,
}: {
  title: string;
  Shown: ComponentType<{ id: string }>;
  id: string;
}) {
  useEffect(() => {
    document.title = `${title} · ${current.value} · antflow`;
  }, [title]);
  return <Shown id={id} />;
}

function Shell() {
  useSignalEffect(follow);
  return (
    <>
      <a class="skip" href="#main" data-plain>
        Skip to the page
      </a>
      <TopBar />
      <div class="frame">
        <SideBar />
        <main id="main" tabIndex={-1}>
          <ServerLost />
          <Page />
        </main>
      </div>
      <AskDialog />
      <Help />
      <NoticeList />
    </>
  );
}

/** Draws the dashboard. */
export function start(): void {
  applyPreferences();
  followLinks();
  listenToKeys();
  void load();
  const root = document.getElementById("app");
  if (!root) return;
  root.replaceChildren();
  render(<Shell />, root);
}
