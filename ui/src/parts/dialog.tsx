// A dialog over the page: the browser keeps the focus inside and closes it by Escape.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  label: string;
  close: () => void;
  broad?: boolean;
  children: ComponentChildren;
}

export function Dialog({ label, close, broad, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement as HTMLElement | null;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("input, select")?.focus();
    return () => before?.focus?.();
  }, []);
  const outside = (event: MouseEvent) => {
    if (event.target === box.current) close();
  };
  return (
    <dialog
      ref={box}
      class={broad ? "broad" : undefined}
      aria-label={label}
      onClose={close}
      onClick={outside}
    >
      {children}
    </dialog>
  );
}
