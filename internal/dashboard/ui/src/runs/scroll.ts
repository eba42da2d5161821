// Where the list stands: browsers draw nothing below some 17 million pixels, and a list of runs may be longer.

/** What stands in the document at most, in pixels. */
const tallest = 8_000_000;

export class Scroll {
  /** How many rows lie above those that stand in the document. */
  skipped = 0;
  private readonly most: number;

  constructor(readonly height: number) {
    this.most = Math.floor(tallest / height);
  }

  /** How many rows of a list stand in the document. */
  span(size: number): number {
    if (this.skipped >= size) this.skipped = 0; // the list has been read anew
    return Math.min(size - this.skipped, this.most);
  }

  /** The row at the top of the box, as a fraction. */
  top(box: HTMLElement): number {
    return this.skipped + box.scrollTop / this.height;
  }

  /** Near an end of what stands in the document, half of it makes room for what lies beyond; a jump to the top goes there. */
  settle(box: HTMLElement, size: number): void {
    const at = box.scrollTop / this.height;
    const half = Math.floor(this.most / 2);
    if (at === 0) this.skipped = 0;
    else if (at > 0.9 * this.most && this.skipped + this.most < size) this.skip(box, this.skipped + half, size);
    else if (at < 0.1 * this.most && this.skipped > 0) this.skip(box, Math.max(0, this.skipped - half), size);
  }

  /** Makes other rows stand in the document, at once, for a box scrolls no further than what is in it. */
  private skip(box: HTMLElement, rows: number, size: number): void {
    const at = box.scrollTop - (rows - this.skipped) * this.height;
    this.skipped = rows;
    (box.firstElementChild as HTMLElement).style.height = `${this.span(size) * this.height}px`;
    box.scrollTop = at;
  }

  /** Brings a row into sight. */
  reveal(box: HTMLElement, row: number, size: number): void {
    if (row < this.skipped || row >= this.skipped + this.most) this.skip(box, Math.max(0, row - Math.floor(this.most / 2)), size);
    const at = (row - this.skipped) * this.height;
    if (at < box.scrollTop) box.scrollTop = at;
    else if (at + this.height > box.scrollTop + box.clientHeight) box.scrollTop = at + this.height - box.clientHeight;
  }
}
