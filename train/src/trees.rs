//! Gradient boosting of small complete trees on the logistic loss.

use scalr_detect_generic::{DEPTH, FEATURES, Features, TREE};

const INNER: usize = (1 << DEPTH) - 1;
const LEAVES: usize = 1 << DEPTH;
/// At most so many thresholds of a feature are tried.
const BINS: usize = 48;

/// How to train.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) trees: usize,
    pub(crate) rate: f64,
    /// Draws leaves to zero.
    pub(crate) lambda: f64,
    /// The least sum of curvatures in a leaf.
    pub(crate) least: f64,
}

/// Trains on samples with their labels and weights; the trees as bytes.
pub(crate) fn train(samples: &[(&Features, bool, f64)], settings: Settings) -> Vec<u8> {
    let thresholds: Vec<Vec<i16>> = (0..FEATURES).map(|feature| thresholds(samples, feature)).collect();
    // Bin b of a feature holds what is greater than threshold b - 1 and not than b.
    let bins: Vec<Vec<u8>> = (0..FEATURES)
        .map(|f| samples.iter().map(|(x, ..)| thresholds[f].partition_point(|t| *t < x[f]) as u8).collect())
        .collect();
    let mut scores = vec![0.0f64; samples.len()];
    let mut model = Vec::new();
    for _ in 0..settings.trees {
        let gradients: Vec<(f64, f64)> = samples
            .iter()
            .zip(&scores)
            .map(|((_, label, weight), score)| {
                let p = 1.0 / (1.0 + (-score).exp());
                ((f64::from(u8::from(*label)) - p) * weight, (p * (1.0 - p)).max(1e-6) * weight)
            })
            .collect();
        let mut nodes = vec![(0u8, i16::MAX); INNER];
        let mut leaves = [0i16; LEAVES];
        let mut node_of = vec![0usize; samples.len()];
        for depth in 0..DEPTH {
            let first = (1 << depth) - 1;
            let count = 1 << depth;
            // Gains of all splits of all nodes of this level, feature by feature.
            let mut best = vec![(0.0f64, 0u8, i16::MAX); count];
            for feature in 0..FEATURES {
                let n = thresholds[feature].len();
                if n == 0 {
                    continue;
                }
                let mut sums = vec![(0.0f64, 0.0f64); count * (n + 1)];
                for (i, bin) in bins[feature].iter().enumerate() {
                    let sum = &mut sums[(node_of[i] - first) * (n + 1) + usize::from(*bin)];
                    (sum.0, sum.1) = (sum.0 + gradients[i].0, sum.1 + gradients[i].1);
                }
                for node in 0..count {
                    let sums = &sums[node * (n + 1)..(node + 1) * (n + 1)];
                    let all = sums.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
                    let value = |(g, h): (f64, f64)| g * g / (h + settings.lambda);
                    let mut left = (0.0, 0.0);
                    for (bin, sum) in sums[..n].iter().enumerate() {
                        left = (left.0 + sum.0, left.1 + sum.1);
                        let right = (all.0 - left.0, all.1 - left.1);
                        if left.1 < settings.least || right.1 < settings.least {
                            continue;
                        }
                        let gain = value(left) + value(right) - value(all);
                        if gain > best[node].0 + 1e-9 {
                            best[node] = (gain, feature as u8, thresholds[feature][bin]);
                        }
                    }
                }
            }
            for (node, (_, feature, threshold)) in best.iter().enumerate() {
                nodes[first + node] = (*feature, *threshold);
            }
            for (i, node) in node_of.iter_mut().enumerate() {
                let (feature, threshold) = nodes[*node];
                *node = 2 * *node + 1 + usize::from(samples[i].0[usize::from(feature)] > threshold);
            }
        }
        let mut sums = vec![(0.0f64, 0.0f64); LEAVES];
        for (i, node) in node_of.iter().enumerate() {
            let sum = &mut sums[node - INNER];
            (sum.0, sum.1) = (sum.0 + gradients[i].0, sum.1 + gradients[i].1);
        }
        for (leaf, (g, h)) in leaves.iter_mut().zip(&sums) {
            *leaf =
                (settings.rate * g / (h + settings.lambda) * 256.0).round().clamp(-32000.0, 32000.0) as i16;
        }
        for (i, node) in node_of.iter().enumerate() {
            scores[i] += f64::from(leaves[node - INNER]) / 256.0;
        }
        let start = model.len();
        for (feature, threshold) in nodes {
            model.push(feature);
            model.extend(threshold.to_le_bytes());
        }
        leaves.iter().for_each(|leaf| model.extend(leaf.to_le_bytes()));
        assert_eq!(model.len() - start, TREE, "a tree has another size than the engine reads");
    }
    model
}

/// Values of a feature that part the samples into about equal shares.
fn thresholds(samples: &[(&Features, bool, f64)], feature: usize) -> Vec<i16> {
    let mut values: Vec<i16> = samples.iter().map(|(x, ..)| x[feature]).collect();
    values.sort_unstable();
    let mut thresholds: Vec<i16> = if values.windows(2).filter(|pair| pair[0] != pair[1]).count() < BINS {
        let mut all = values.clone();
        all.dedup();
        all
    } else {
        (1..BINS).map(|i| values[i * values.len() / BINS]).collect()
    };
    thresholds.dedup();
    // Nothing is greater than the greatest.
    if thresholds.last() == values.last() {
        thresholds.pop();
    }
    thresholds
}
