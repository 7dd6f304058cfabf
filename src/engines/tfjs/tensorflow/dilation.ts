/**
 * Null if TensorFlow.js has the gradients of all convolutions of a model; else the reason, which names a layer with a dilation. (The engine
 * `tfjs` has these gradients for some layers, because wasmBackend/ adds them.)
 * @param json the model's JSON, or a part of it
 */
export function whyNoGradient(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return null;
  if ('dilation_rate' in json && [json.dilation_rate].flat().some((rate) => rate !== 1)) {
    const name = 'name' in json ? String(json.name) : '';
    return `layer "${name}" has a dilation, for which TensorFlow.js has no gradients`;
  }
  for (const part of Object.values(json)) {
    const reason = whyNoGradient(part);
    if (reason !== null) return reason;
  }
  return null;
}
