//! Random draws whose bits are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::Digest;
use sha2::Sha256;

/// A stream of random numbers: `ChaCha8`, basic arithmetic, and `libm` for what is transcendental.
#[derive(Clone, Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream number `stream` of a seed. Streams do not influence one another.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::from_seed(Sha256::digest(seed.to_le_bytes()).into());
        rng.set_stream(stream);
        Self(rng)
    }

    /// Uniform in [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform in [from, to).
    #[inline]
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.uniform()
    }

    /// A whole number from 1 to `most`.
    #[inline]
    pub fn up_to(&mut self, most: u64) -> u64 {
        1 + (self.uniform() * most as f64) as u64
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// Standard normal: the inverse distribution function by Acklam's rational approximation
    /// (relative error 1.2e-9), which needs a logarithm only in the outer 5 %.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        inverse_normal((self.uniform() + 1.0 / 18_014_398_509_481_984.0).min(1.0 - 1e-16))
    }

    /// The size of an order, contracts: half are single, the others have a Pareto tail (exponent
    /// 1.6), at most `most`.
    #[inline]
    pub fn order_size(&mut self, most: u64) -> u64 {
        if self.chance(0.5) {
            return 1;
        }
        let size = 1.5 * libm::exp(self.exponential() / 1.6);
        (size as u64).clamp(1, most)
    }
}

const A: [f64; 6] = [
    -3.969_683_028_665_376e1,
    2.209_460_984_245_205e2,
    -2.759_285_104_469_687e2,
    1.383_577_518_672_69e2,
    -3.066_479_806_614_716e1,
    2.506_628_277_459_239,
];
const B: [f64; 5] = [
    -5.447_609_879_822_406e1,
    1.615_858_368_580_409e2,
    -1.556_989_798_598_866e2,
    6.680_131_188_771_972e1,
    -1.328_068_155_288_572e1,
];
const C: [f64; 6] = [
    -7.784_894_002_430_293e-3,
    -3.223_964_580_411_365e-1,
    -2.400_758_277_161_838,
    -2.549_732_539_343_734,
    4.374_664_141_464_968,
    2.938_163_982_698_783,
];
const D: [f64; 4] = [
    7.784_695_709_041_462e-3,
    3.224_671_290_700_398e-1,
    2.445_134_137_142_996,
    3.754_408_661_907_416,
];

fn inverse_normal(p: f64) -> f64 {
    const TAIL: f64 = 0.024_25;
    let tail = |p: f64| {
        let q = (-2.0 * libm::log(p)).sqrt();
        (((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5])
            / ((((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0)
    };
    if p < TAIL {
        return tail(p);
    }
    if p > 1.0 - TAIL {
        return -tail(1.0 - p);
    }
    let q = p - 0.5;
    let r = q * q;
    (((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5]) * q
        / (((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_undoes_the_distribution_function() {
        for i in 1..1000 {
            let p = f64::from(i) / 1000.0;
            let back = 0.5 * libm::erfc(-inverse_normal(p) / std::f64::consts::SQRT_2);
            assert!((back - p).abs() < 1e-8, "{p}: {back}");
        }
        assert!(inverse_normal(1e-17).is_finite() && inverse_normal(1.0 - 1e-16).is_finite());
    }

    #[test]
    fn draws_have_their_moments() {
        let mut random = Random::new(7, 1);
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let var = draws.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.01 && (var - 1.0).abs() < 0.02, "{mean} {var}");
        let waits = (0..n).map(|_| random.exponential()).sum::<f64>() / f64::from(n);
        assert!((waits - 1.0).abs() < 0.02);
        let sizes: Vec<u64> = (0..n).map(|_| random.order_size(400)).collect();
        let large = sizes.iter().filter(|s| **s > 40).count();
        assert!((100..600).contains(&large), "{large} of {n} above 40");
    }

    #[test]
    fn streams_and_seeds_differ_and_repeat() {
        let first = |seed, stream| Random::new(seed, stream).uniform().to_bits();
        assert_eq!(first(1, 1), first(1, 1));
        assert_ne!(first(1, 1), first(1, 2));
        assert_ne!(first(1, 1), first(2, 1));
    }
}
