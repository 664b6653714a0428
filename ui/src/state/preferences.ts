// What a person chose on this machine: theme, density, columns. Kept in the browser.
import { effect, signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";
export type Density = "dense" | "roomy";

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`antflow.${name}`);
  } catch {
    return null; // storage may be forbidden
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`antflow.${name}`, value);
  } catch {
    // then it lasts as long as the page
  }
}

export const theme = signal((recall("theme") ?? "auto") as Theme);
export const density = signal((recall("density") ?? "dense") as Density);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

/** The theme in force. */
export function dark(): boolean {
  return theme.value === "dark" || (theme.value === "auto" && systemDark.value);
}

/** Keeps the document's attributes and the store in step with the choices. */
export function applyPreferences(): void {
  effect(() => {
    document.documentElement.dataset.theme = dark() ? "dark" : "light";
    keep("theme", theme.value);
  });
  effect(() => {
    document.documentElement.dataset.density = density.value;
    keep("density", density.value);
  });
}
