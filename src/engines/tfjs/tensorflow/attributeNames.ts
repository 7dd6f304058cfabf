/** The part of tfjs-node's addon that is used here. */
export interface Binding {
  readonly TF_Version: string;
  executeOp(
    name: string,
    attributes: readonly { name: string; type: number; value: boolean }[],
    inputs: readonly number[],
    outputs: number,
  ): unknown;
}

/** Every attribute that tfjs-node 4.22 passes to an op of TensorFlow, and those of this package. test/native compares the list with its sources. */
export const ATTRIBUTE_NAMES: readonly string[] = [
  'DstT',
  'Index',
  'N',
  'SrcT',
  'T',
  'TI',
  'T_threshold',
  'Targmax',
  'Taxis',
  'Tblock_shape',
  'Tcomplex',
  'Tcrops',
  'Tidx',
  'Tindices',
  'Tlen',
  'Tmultiples',
  'Tnumsegments',
  'Tout',
  'Tpaddings',
  'Tparams',
  'Tperm',
  'Truncate',
  'Tshape',
  'acceptable_fraction',
  'adj_x',
  'adj_y',
  'align_corners',
  'alpha',
  'axis',
  'batch_dims',
  'begin_mask',
  'beta',
  'bias',
  'block_size',
  'channels',
  'chroma_downsampling',
  'compression',
  'container',
  'data_format',
  'dct_method',
  'density_unit',
  'depth_radius',
  'dilations',
  'ellipsis_mask',
  'end_mask',
  'epsilon',
  'equation',
  'exclusive',
  'explicit_paddings',
  'extrapolation_value',
  'fancy_upscaling',
  'format',
  'half_pixel_centers',
  'include_batch_in_index',
  'index_type',
  'is_training',
  'keep_dims',
  'ksize',
  'method',
  'mode',
  'new_axis_mask',
  'num',
  'num_split',
  'optimize_size',
  'out_idx',
  'output_dtype',
  'output_type',
  'pad_to_max_output_size',
  'padding',
  'pattern',
  'progressive',
  'quality',
  'rates',
  'ratio',
  'replace_global',
  'reverse',
  'rewrite',
  'seed',
  'seed2',
  'shared_name',
  'shrink_axis_mask',
  'sorted',
  'strides',
  'try_recover_truncated',
  'use_cudnn_on_gpu',
  'validate_indices',
  'x_density',
  'xmp_metadata',
  'y_density',
];

/** No value of TF_AttrType. */
const NO_TYPE = -1;

/**
 * Registers the names of all attributes of ops. tfjs-node keeps these names in one set for all threads of the process (`ATTR_NAME_SET` in
 * binding/tfjs_backend.cc). It adds each new name without a lock, so two threads that add names at the same time can destroy the set.
 * Therefore the first thread that loads the addon adds all names, and later the set is only read.
 */
export function registerAttributeNames(binding: Binding): void {
  for (const name of ATTRIBUTE_NAMES) {
    try {
      binding.executeOp('NoOp', [{ name, type: NO_TYPE, value: true }], [], 0);
    } catch {
      // The addon refuses an attribute with an unknown type, but only after it has added the name to the set.
    }
  }
}
