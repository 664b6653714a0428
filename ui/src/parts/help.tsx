// The list of keys, opened by `?`.
import { GO_TO, helpShown } from "../state/keys";
import { Dialog } from "./dialog";

const KEYS: [string, string][] = [
  ["/", "Search tasks"],
  ["?", "This help"],
  ["j  k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["x", "Choose the row"],
  ["Esc", "Close what is open"],
];

const SEARCH: [string, string][] = [
  ["state:failed", "in that state (also orphaned, stuck)"],
  ["name:report", "type or stage holds the word"],
  ["name=shop.report", "just that type or stage; also worker=, queue=, exception="],
  ["worker:w1", "on that worker"],
  ["kwargs:user=7", "called with that argument"],
  ["runtime>5", "ran longer than 5 s"],
  ["received>2026-01-01", "came after that day"],
  ["-x, x OR y, (x y)", "not, either, as one"],
];

export function Help() {
  if (!helpShown.value) return null;
  const close = () => {
    helpShown.value = false;
  };
  return (
    <Dialog label="Keys and search" close={close} broad>
      <div class="inside">
        <div class="row ends">
          <h2>Keys</h2>
          <button type="button" class="button small" onClick={close}>
            Close
          </button>
        </div>
        <ul class="keys">
          {KEYS.map(([key, does]) => (
            <li key={key}>
              {does} <kbd>{key}</kbd>
            </li>
          ))}
          {Object.entries(GO_TO).map(([key, [name]]) => (
            <li key={key}>
              {name}
              <span>
                <kbd>g</kbd> <kbd>{key}</kbd>
              </span>
            </li>
          ))}
        </ul>
        <h2>Search</h2>
        <ul class="keys examples">
          {SEARCH.map(([example, finds]) => (
            <li key={example}>
              <code>{example}</code> <span class="soft">{finds}</span>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
