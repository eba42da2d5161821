// The shared worker: it holds one stream for each gateway and key, and hands its events to all tabs.

import { Hub, type Listener, type Message, type Target } from "./hub";

export type Wish = { kind: "join"; target: Target } | { kind: "leave" } | { kind: "visible"; visible: boolean };

const hubs = new Map<string, Hub>();

/** One tab. What changes while nobody looks at it is told as one reset. */
function serve(port: MessagePort): void {
  let leave = () => {};
  let visible = true;
  let missed = false;
  const listener: Listener = (message: Message) => {
    if (!visible && message.kind === "event" && message.name !== "counts") missed = true;
    else port.postMessage(message);
  };
  port.onmessage = ({ data: wish }: MessageEvent<Wish>) => {
    if (wish.kind === "visible") {
      visible = wish.visible;
      if (visible && missed) {
        missed = false;
        port.postMessage({ kind: "event", name: "reset", data: "{}" } satisfies Message);
      }
      return;
    }
    leave();
    leave = () => {};
    if (wish.kind === "leave") return;
    const name = JSON.stringify(wish.target);
    let hub = hubs.get(name);
    if (!hub) hubs.set(name, (hub = new Hub(wish.target)));
    const joined = hub;
    joined.join(listener);
    leave = () => {
      joined.leave(listener);
      if (joined.empty) hubs.delete(name);
    };
  };
  port.addEventListener("close", () => leave()); // where the browser tells; a tab also says so itself
}

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => serve(event.ports[0]!);
