// Links to take figures away: the report, tasks as CSV or JSON, the frame.
import { address, ofSource } from "../data/client";
import { current } from "../state/sources";
import { Menu } from "./menu";

export function SaveMenu({ search = "" }: { search?: string }) {
  const at = (...rest: string[]) => address(ofSource(current.value, ...rest));
  const found = search ? " that match" : "";
  return (
    <Menu label="Save">
      <a class="button plain" href={at("report.html")} download={`${current.value}-report.html`}>
        Report (HTML)
      </a>
      <a
        class="button plain"
        href={address(ofSource(current.value, "tasks.csv"), { search })}
        download={`${current.value}-tasks.csv`}
      >
        Tasks{found} as CSV
      </a>
      <a
        class="button plain"
        href={address(ofSource(current.value, "tasks.json"), { search })}
        download={`${current.value}-tasks.json`}
      >
        Tasks{found} as JSON
      </a>
      <a class="button plain" href={at("frame")} download={`${current.value}.json`}>
        All figures now as JSON
      </a>
    </Menu>
  );
}
