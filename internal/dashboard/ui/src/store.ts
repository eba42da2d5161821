// Values that components follow.

import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  private followers = new Set<() => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(next: T): void {
    if (Object.is(next, this.current)) return;
    this.current = next;
    this.tell();
  }

  /** For values that are changed in place. */
  tell(): void {
    for (const follower of [...this.followers]) follower();
  }

  follow(follower: () => void): () => void {
    this.followers.add(follower);
    return () => void this.followers.delete(follower);
  }
}

/** The store's value; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, draw] = useState(0);
  useEffect(() => {
    draw((n) => n + 1); // it may have changed since the first drawing
    return store.follow(() => draw((n) => n + 1));
  }, [store]);
  return store.value;
}
