import * as comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { MessagePort } from 'node:worker_threads';
import { ThreadSession } from './threadSession.js';

/** A thread's entry: one task, which serves a session until the coordinator closes it. */
export default async function serve({ port }: { port: MessagePort }): Promise<void> {
  await new Promise<void>((resolve) => {
    comlink.expose(new ThreadSession(resolve), nodeEndpoint(port));
  });
}
