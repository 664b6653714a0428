// The way of one task through all stages: where it waited, where it ran, for how long.
import { ofSource } from "../data/client";
import { useLoaded } from "../data/loaded";
import { TaskLink } from "../parts/links";
import { Empty, Loading, Panel } from "../parts/panels";
import type { Span, Spans, TaskDetail } from "../records/records";
import { setQuery, setting } from "../state/address";
import { current, frame } from "../state/sources";
import { Way } from "./way";

/** Of what ended lately, a task that came through to the last stage, else the newest. */
function shownFirst(spans: Span[]): string {
  const last = frame.peek()?.groups.at(-1)?.name;
  return (spans.find((span) => span.name === last) ?? spans[0])?.id ?? "";
}

export function ItemWay() {
  const asked = setting("item");
  const newest = useLoaded<Spans>(asked ? null : ofSource(current.value, "spans"), { limit: 200 });
  const id = asked || shownFirst(newest.data?.spans ?? []);
  const loaded = useLoaded<TaskDetail>(id ? ofSource(current.value, "tasks", id) : null, {}, 2000);
  const chosen = (event: Event) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem(
      "item",
    ) as HTMLInputElement;
    setQuery({ item: field.value.trim() });
  };
  return (
    <Panel
      title="The way of one task"
      beside={id ? <TaskLink id={id} room={40} /> : undefined}
      tools={
        <form class="row" onSubmit={chosen}>
          <input
            key={asked} // what is being typed outlives what is loaded meanwhile
            name="item"
            aria-label="Id of a task"
            placeholder="id"
            defaultValue={asked}
            size={16}
          />
          <button type="submit" class="button">
            Follow
          </button>
        </form>
      }
    >
      {loaded.data ? (
        <Way steps={loaded.data.timeline} />
      ) : loaded.error ? (
        <Empty title="No such task is known">{id}</Empty>
      ) : id ? (
        <Loading what="its way" />
      ) : (
        <Empty title="No task has ended yet" />
      )}
    </Panel>
  );
}
