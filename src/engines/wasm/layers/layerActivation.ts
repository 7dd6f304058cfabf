import { activationOf, type Activation } from './activations.js';
import { Options, type InPlaceAllowed, type LayerSetup } from './layer.js';

/**
 * The activation that a layer has as an option.
 * @returns null for the identity
 * @throws NotCovered for an activation without a kernel
 */
export function layerActivation({ node }: LayerSetup, width: number): Activation | null {
  const options = new Options(node);
  const name = options.text('activation', 'linear');
  return name === 'linear' ? null : (activationOf(name, width) ?? options.refuse('activation'));
}

/** {@link InPlaceAllowed} for the output of a layer with this activation, where it applies. */
export function inPlaceAfter(activation: Activation | null): { readonly inPlace?: InPlaceAllowed } {
  if (activation === null) return { inPlace: { relu: null } };
  return activation.name === 'relu' ? { inPlace: { relu: activation } } : {};
}
