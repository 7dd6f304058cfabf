import { describe, expect, it } from 'vitest';
import { allocateBoard, Board } from '../../../src/protocol/board.js';

const stretch = { phase: 2, segment: 5, rows: 64, seed: 7, iteration: 2 ** 40, learningRate: 0.1 };

describe('a board', () => {
  it('has nothing to take before anything is put up', () => {
    const board = new Board(allocateBoard());
    expect(board.take()).toBeNull();
  });

  it('gives each part once, to whoever asks, with all that was put up', () => {
    const memory = allocateBoard();
    const [owner, helper] = [new Board(memory), new Board(memory)];
    owner.open(stretch, 3);
    expect([owner, helper, owner].map((board) => board.take())).toEqual([0, 1, 2].map((part) => ({ stretch, part })));
    expect([owner.take(), helper.take()]).toEqual([null, null]);
  });

  it('is done when as many parts are done as there are', () => {
    const memory = allocateBoard();
    const [owner, helper] = [new Board(memory), new Board(memory)];
    owner.open(stretch, 2);
    expect([helper.done(), owner.isDone, owner.done(), owner.isDone]).toEqual([false, false, true, true]);
  });

  it('gives no part of a new stretch to a thread that looked at the one before', () => {
    const memory = allocateBoard();
    const [owner, helper] = [new Board(memory), new Board(memory)];
    owner.open(stretch, 1);
    const compareExchange = Atomics.compareExchange;
    // Between the helper's look and its grasp, the owner does the only part and puts up the next stretch.
    Atomics.compareExchange = ((...args: Parameters<typeof compareExchange>) => {
      Atomics.compareExchange = compareExchange;
      owner.take();
      owner.done();
      owner.open({ ...stretch, segment: 6 }, 1);
      return compareExchange(...args);
    }) as typeof compareExchange;
    expect(helper.take()).toEqual({ stretch: { ...stretch, segment: 6 }, part: 0 });
    expect(owner.take()).toBeNull();
  });

  it('refuses more parts than a ticket can count', () => {
    const board = new Board(allocateBoard());
    expect(() => {
      board.open(stretch, 4095);
    }).toThrow(RangeError);
  });

  it('is emptied when it is closed', () => {
    const board = new Board(allocateBoard());
    board.open(stretch, 2);
    board.close();
    expect(board.take()).toBeNull();
  });
});
