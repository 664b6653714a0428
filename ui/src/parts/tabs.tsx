// Tabs; the address holds the one that is open.
import { setQuery, setting } from "../state/address";

export interface Tab {
  key: string;
  title: string;
}

export function useTab(tabs: Tab[]): string {
  const asked = setting("tab");
  return tabs.some((tab) => tab.key === asked) ? asked : (tabs[0]?.key ?? "");
}

export function Tabs({ tabs, label, open }: { tabs: Tab[]; label: string; open: string }) {
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const at = tabs.findIndex((tab) => tab.key === open);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next) setQuery({ tab: next.key });
    const list = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => list.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={turn}>
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          id={`tab-${tab.key}`}
          aria-controls="tab-panel"
          aria-selected={tab.key === open}
          tabIndex={tab.key === open ? 0 : -1}
          onClick={() => setQuery({ tab: tab.key })}
        >
          {tab.title}
        </button>
      ))}
    </div>
  );
}
