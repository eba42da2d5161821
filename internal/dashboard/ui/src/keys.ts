// The keyboard: which keys the page listens to, unless somebody is typing.

import { useLayoutEffect, useRef } from "preact/hooks";

/** Calls what belongs to a key while the component is there. */
export function useKeys(handlers: Record<string, () => void>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      const target = event.target as HTMLElement;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) return;
      const handler = latest.current[event.key];
      if (!handler || (event.key === "Enter" && /^(A|BUTTON|SUMMARY)$/.test(target.tagName))) return;
      event.preventDefault();
      handler();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
