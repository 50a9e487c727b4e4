/** A file or graph that is broken, or that asks for what isn't supported. */
export class OnnxError extends Error {
  override name = 'OnnxError';
  /** Makes the command line show the message without a stack. */
  readonly code = 'ROOFTILE_ONNX';
}
