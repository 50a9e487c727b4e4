/** Numbers as the article and its authors' tables print them. GB = 10⁹ bytes. */

/** The article's device, whose file is devices/snowflake-256.json: operations and bytes a second. */
export const SNOWFLAKE_256 = { peak: 128e9, bandwidth: 4.2e9 };

export interface PublishedNetwork {
  title: string;
  /** Operations a byte, as read off the roofline figure, where each network stands just under 128 G-ops/s. */
  intensity: number;
  /** Drawn from memory. */
  bytesPerSecond?: number;
  /** Of the convolutions. */
  ops?: number;
}

/** By the names of src/networks. */
export const PUBLISHED_NETWORKS = {
  googlenet: { title: 'GoogLeNet', intensity: 66 },
  alexnet: { title: 'AlexNet', intensity: 119, bytesPerSecond: 1.53e9 },
  resnet50: { title: 'ResNet-50', intensity: 162, ops: 6879e6 },
} as const satisfies Record<string, PublishedNetwork>;

/** The linear layer's point in that figure. */
export const PUBLISHED_LINEAR = { intensity: 1, opsPerSecond: 3.8e9 };

export function publishedNetwork(name: string): PublishedNetwork | undefined {
  return Object.hasOwn(PUBLISHED_NETWORKS, name)
    ? PUBLISHED_NETWORKS[name as keyof typeof PUBLISHED_NETWORKS]
    : undefined;
}
