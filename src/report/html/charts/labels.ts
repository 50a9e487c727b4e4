/** A rectangle in pixels, from its upper left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Spot {
  x: number;
  y: number;
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Pixels. */
const CELL = 24;

/** A set of boxes that answers quickly which of them a new one would touch: pixels in cells. */
export class Occupied {
  private readonly cells = new Map<string, Box[]>();

  add(box: Box): void {
    for (const key of this.keys(box)) {
      const cell = this.cells.get(key);
      if (cell === undefined) this.cells.set(key, [box]);
      else cell.push(box);
    }
  }

  /** A line as boxes of a few pixels. */
  addLine(from: Spot, to: Spot): void {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 4));
    for (let i = 0; i <= steps; ++i) {
      const [x, y] = [from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps];
      this.add({ x: x - 1, y: y - 1, width: 2, height: 2 });
    }
  }

  hits(box: Box): boolean {
    return this.keys(box).some((key) => this.cells.get(key)?.some((other) => overlap(other, box)) ?? false);
  }

  private keys({ x, y, width, height }: Box): string[] {
    const size = CELL;
    const keys: string[] = [];
    for (let i = Math.floor(x / size); i <= Math.floor((x + width) / size); ++i) {
      for (let j = Math.floor(y / size); j <= Math.floor((y + height) / size); ++j) keys.push(`${i},${j}`);
    }
    return keys;
  }
}

const ANGLES = [0, 45, 315, 90, 270, 135, 225, 180].map((degrees) => (degrees * Math.PI) / 180);
/** Pixels between a point and the nearest edge of its number. */
const GAPS = [7, 14, 24, 36, 50];
/** Gaps at which a number clears the lines too, before it may stand on one. */
const GAPS_OFF_LINES = 2;
/** With more points than this a number stands near its point or nowhere: a thicket of leaders explains nothing. */
const CROWD = 40;
const GAPS_IN_CROWD = 3;
/** A gap from which on a line leads from the number to its point. */
const LEADER_GAP = 14;

/** Where a number stands, and whether a line has to lead from it to its point. */
export interface Placed extends Spot {
  leader: boolean;
}

/**
 * A place for each number: beside its point, else further out, over no point, no other number and nothing in
 * `occupied`, and if it can be on none of the `lines`; null where there is none. Numbers that are placed become
 * occupied.
 */
export function placeNumbers(
  points: readonly (Spot & { text: string })[],
  area: { width: number; height: number },
  occupied: Occupied,
  lines: Occupied = new Occupied(),
): (Placed | null)[] {
  for (const { x, y } of points) occupied.add({ x: x - 5, y: y - 5, width: 10, height: 10 });
  return points.map((point) => {
    const gaps = points.length > CROWD ? GAPS.slice(0, GAPS_IN_CROWD) : GAPS;
    const found =
      placeNumber(
        point,
        area,
        GAPS.slice(0, GAPS_OFF_LINES),
        (box) => occupied.hits(box) || lines.hits(box),
      ) ?? placeNumber(point, area, gaps, (box) => occupied.hits(box));
    if (found === null) return null;
    occupied.add(found.box);
    return found.placed;
  });
}

function placeNumber(
  { x, y, text }: Spot & { text: string },
  area: { width: number; height: number },
  gaps: readonly number[],
  taken: (box: Box) => boolean,
): { placed: Placed; box: Box } | null {
  const [width, height] = [8 * text.length + 1, 12];
  for (const gap of gaps) {
    for (const angle of ANGLES) {
      const spot = {
        x: x + (gap + width / 2) * Math.cos(angle),
        y: y - (gap + height / 2) * Math.sin(angle),
      };
      const box = { x: spot.x - width / 2, y: spot.y - height / 2, width, height };
      const inside = box.x >= 0 && box.y >= 0 && box.x + width <= area.width && box.y + height <= area.height;
      if (inside && !taken(box)) return { placed: { ...spot, leader: gap >= LEADER_GAP }, box };
    }
  }
  return null;
}

/** The positions moved apart to at least `gap`, in their order, each as near to its own as the others allow. */
export function spread(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions
    .map((_, i) => i)
    .sort((a, b) => (positions[a] as number) - (positions[b] as number));
  const placed: number[] = [];
  for (const i of order) {
    const previous = placed[placed.length - 1];
    placed.push(Math.max(positions[i] as number, previous === undefined ? low : previous + gap));
  }
  // What was pushed over the end is pushed back, and its neighbours with it.
  for (let i = placed.length - 1, limit = high; i >= 0; --i, limit -= gap) {
    placed[i] = Math.min(placed[i] as number, limit);
    limit = placed[i] as number;
  }
  const result = new Array<number>(positions.length);
  for (const [rank, i] of order.entries()) result[i] = placed[rank] as number;
  return result;
}
