using Pellucid.Models;
using Pellucid.Tensors;
using System.Numerics.Tensors;

namespace Pellucid.Looking;

/// <summary>
/// What a head's weights do whatever the text (Elhage et al. 2021): W_OV = W_V W_O moves what is read to what is written,
/// W_QK = W_Q W_Kᵀ says which pairs attend. Both are kept as factors of rank D. LayerNorm's gain is folded into the input
/// weights; its bias, its deviation and the attention biases are left out.
/// </summary>
public sealed class HeadCircuits
{
    private readonly Weights _weights;
    private readonly Gpt _gpt;

    /// <summary>Of a model.</summary>
    public HeadCircuits(Gpt gpt)
    {
        ArgumentNullException.ThrowIfNull(gpt);
        (_gpt, _weights) = (gpt, new Weights(gpt));
    }

    /// <summary>x · W_V · W_O: what a head writes where it attends to x alone, (C).</summary>
    public float[] Moves(int layer, int head, ReadOnlySpan<float> x)
    {
        Require(layer, head);
        return Weights.Multiply(Weights.Multiply(x, _weights.InputOfStream(layer, head, Activation.V), _gpt.Config.HeadWidth), _weights.Output(layer, head), _gpt.Config.Width);
    }

    /// <summary>(query · W_Q) · (key · W_K) / √D: how much a head likes the pair.</summary>
    public double Matches(int layer, int head, ReadOnlySpan<float> query, ReadOnlySpan<float> key)
    {
        Require(layer, head);
        var D = _gpt.Config.HeadWidth;
        var (q, k) = (Weights.Multiply(query, _weights.InputOfStream(layer, head, Activation.Q), D), Weights.Multiply(key, _weights.InputOfStream(layer, head, Activation.K), D));
        return TensorPrimitives.Dot<float>(q, k) / Math.Sqrt(D);
    }

    /// <summary>The same of two tokens, by their rows of the token table brought to LayerNorm's scale: the full QK circuit.</summary>
    public double Matches(int layer, int head, int query, int key) => Matches(layer, head, Embedding(query), Embedding(key));

    /// <summary>The tokens whose logits rise most where a head attends to a token alone, by the token table: the full OV circuit.</summary>
    public IReadOnlyList<int> Writes(int layer, int head, int token, int top)
    {
        var moved = Moves(layer, head, Embedding(token));
        using var pass = new ForwardPass(_gpt);
        var written = pass.NewRun().Operations.Arena.Allocate(new Shape(1, _gpt.Config.Width), _gpt.Parameters.Type);
        _gpt.Backend.Write(moved, written);
        return pass.Top(written, top);
    }

    private float[] Embedding(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_gpt.Config.VocabularySize, nameof(token));
        return _weights.Standardised(_weights.Embedding(token));
    }

    /// <summary>
    /// Copy score (Wang et al. 2023, 3.1): how often a token, read from the residual stream after block 0 at its position
    /// and passed through LayerNorm, W_V with its bias, W_O and the final LayerNorm, is among the <paramref name="top"/> logits.
    /// Negative heads (sign −1) are scored on the negated output.
    /// </summary>
    public double CopyScore(int layer, int head, ActivationCache cache, IReadOnlyList<(int Prompt, int Position)> places, int top = 5, int sign = 1)
    {
        Require(layer, head);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(places);
        var (C, D) = (_gpt.Config.Width, _gpt.Config.HeadWidth);
        using var pass = new ForwardPass(_gpt);
        var run = pass.NewRun();
        var valueBias = _weights.InputBias(layer, head, Activation.V);
        var rows = new float[places.Count * C];
        for (var i = 0; i < places.Count; i++)
        {
            var x = _weights.Normalised(layer, cache.Row(Activation.ResidPost, 0, places[i].Prompt, places[i].Position));
            var value = Weights.Multiply(x, _weights.Input(layer, head, Activation.V), D);
            TensorPrimitives.Add(value, valueBias, value);
            TensorPrimitives.Multiply(Weights.Multiply(value, _weights.Output(layer, head), C), sign, rows.AsSpan(i * C, C));
        }
        var written = run.Operations.Arena.Allocate(new Shape(places.Count, C), _gpt.Parameters.Type);
        _gpt.Backend.Write(rows, written);
        var logits = pass.Logits(written).Chunk(_gpt.Config.VocabularySize).ToArray();
        return places.Select((place, i) => new Distribution(logits[i]).Rank(cache.Prompts[place.Prompt][place.Position]) < top ? 1.0 : 0).Average();
    }

    /// <summary>
    /// How much a head reads from what an earlier one writes (Elhage et al. 2021): ‖W_OV · W‖ / (‖W_OV‖ ‖W‖) in Frobenius
    /// norm, with W = W_QK for queries (q), W_QKᵀ for keys (k) and W_OV for values (v) of the later head.
    /// </summary>
    public double Composition((int Layer, int Head) earlier, (int Layer, int Head) later, Activation part)
    {
        Require(earlier.Layer, earlier.Head);
        Require(later.Layer, later.Head);
        var writes = new Factors(_weights.InputOfStream(earlier.Layer, earlier.Head, Activation.V), _weights.Output(earlier.Layer, earlier.Head).ToArray(), _gpt.Config.Width);
        var reads = ReadingFactors(later.Layer, later.Head, part);
        return writes.Times(reads) / (writes.Norm() * reads.Norm());
    }

    private Factors ReadingFactors(int layer, int head, Activation part)
    {
        var C = _gpt.Config.Width;
        var input = _weights.InputOfStream(layer, head, part);
        return new Factors(input, part == Activation.V ? _weights.Output(layer, head).ToArray() : Factors.Transposed(_weights.InputOfStream(layer, head, part == Activation.Q ? Activation.K : Activation.Q), C), C);
    }

    private void Require(int layer, int head) => ActivationCache.RequirePlace(_gpt.Config, Activation.Z, layer, head);

    /// <summary>A matrix left (C, D) · right (D, C).</summary>
    private sealed class Factors(float[] left, float[] right, int C)
    {
        private readonly int _rank = left.Length / C;

        /// <summary>Frobenius norm: tr(leftᵀ left · right rightᵀ).</summary>
        public double Norm() => Math.Sqrt(Math.Max(0, Trace(Gram(Transposed(left, C)), Gram(right))));

        /// <summary>Norm of the product with another: left · (right · other.left) · other.right.</summary>
        public double Times(Factors other)
        {
            var middle = new float[_rank * other.Rank];
            var turned = Transposed(other.Left, C);
            for (var i = 0; i < _rank; i++)
            for (var j = 0; j < other.Rank; j++)
                middle[i * other.Rank + j] = TensorPrimitives.Dot<float>(right.AsSpan(i * C, C), turned.AsSpan(j * C, C));
            return new Factors(left, MultiplyRows(middle, other.Right, other.Rank), C).Norm();
        }

        private float[] Left => left;

        private float[] Right => right;

        private int Rank => _rank;

        public static float[] Transposed(float[] matrix, int rows)
        {
            var (columns, turned) = (matrix.Length / rows, new float[matrix.Length]);
            for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                turned[j * rows + i] = matrix[i * columns + j];
            return turned;
        }

        private float[] MultiplyRows(float[] middle, float[] matrix, int inner)
        {
            var product = new float[middle.Length / inner * C];
            for (var i = 0; i < middle.Length / inner; i++)
                Weights.Multiply(middle.AsSpan(i * inner, inner), matrix, C).CopyTo(product, i * C);
            return product;
        }

        // rows · rowsᵀ.
        private double[] Gram(float[] rows)
        {
            var (count, gram) = (rows.Length / C, new double[rows.Length / C * (rows.Length / C)]);
            for (var i = 0; i < count; i++)
            for (var j = 0; j < count; j++)
                gram[i * count + j] = TensorPrimitives.Dot<float>(rows.AsSpan(i * C, C), rows.AsSpan(j * C, C));
            return gram;
        }

        private static double Trace(double[] a, double[] b) => TensorPrimitives.Dot<double>(a, b); // both are symmetric
    }
}
