using Pellucid.Models;
using Pellucid.Tensors;
using System.Numerics.Tensors;

namespace Pellucid.Looking;

/// <summary>
/// What a head's weights do (Elhage et al. 2021): W_OV = W_V W_O moves what is read to what is written, W_QK = W_Q W_Kᵀ says
/// which pairs attend. Both are kept as factors of rank D. Where a LayerNorm stands before attention, its gain is folded into
/// the input weights and the mean that it takes off is taken off them; its bias, its deviation and the biases of attention are
/// left out. A head of a group reads the keys and values of its group. <see cref="CopyScore"/> alone depends on a text.
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

    private int C => _gpt.Config.Width;

    private int D => _gpt.Config.HeadWidth;

    /// <summary>x · W_V · W_O: what a head writes where it attends to x alone, (C).</summary>
    public float[] Moves(int layer, int head, ReadOnlySpan<float> x)
    {
        Require(layer, head);
        return Weights.Multiply(Weights.Multiply(x, Input(layer, head, Activation.V), D), _weights.Output(layer, head), C);
    }

    /// <summary>(query · W_Q) · (key · W_K), times the scale of the layer's scores: how much a head likes the pair.</summary>
    /// <exception cref="ArgumentException">The model turns queries and keys by their positions, normalises them,
    /// or caps scores.</exception>
    public double Matches(int layer, int head, ReadOnlySpan<float> query, ReadOnlySpan<float> key)
    {
        Require(layer, head);
        Weights.RequirePlainScores(_gpt.Config, "how much a head likes a pair, wherever it stands,");
        var q = Weights.Multiply(query, Input(layer, head, Activation.Q), D);
        var k = Weights.Multiply(key, Input(layer, head, Activation.K), D);
        return TensorPrimitives.Dot<float>(q, k) * _gpt.Config.Block(layer).Attention.Factor;
    }

    /// <summary>The same of two tokens, by their rows of the token table brought to LayerNorm's scale: the full QK circuit.</summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer:
    /// tokens do not reach a head as they are.</exception>
    public double Matches(int layer, int head, int query, int key)
    {
        Weights.RequireSum(_gpt.Config, "what a head looks for token by token");
        return Matches(layer, head, Embedding(query), Embedding(key));
    }

    /// <summary>
    /// The tokens whose logits rise most where a head attends to a token alone, by the tables of tokens and output: the full OV
    /// circuit. Of the last normalisation the gain and the mean count; its bias and its deviation are left out.
    /// </summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer:
    /// what a head writes does not reach the output as it is.</exception>
    public IReadOnlyList<int> Writes(int layer, int head, int token, int top)
    {
        Weights.RequireSum(_gpt.Config, "what a head writes token by token");
        var moved = _weights.ReadByOutput(Moves(layer, head, Embedding(token)));
        using var pass = new ForwardPass(_gpt);
        var written = pass.NewRun().Operations.Arena.Allocate(new Shape(1, C), _gpt.Parameters.Type);
        _gpt.Backend.Write(moved, written);
        return pass.Top(written, top);
    }

    private float[] Embedding(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_gpt.Config.VocabularySize, nameof(token));
        var row = _weights.Embedding(token).ToArray();
        TensorPrimitives.Multiply(row, _gpt.Config.EmbeddingScale, row);
        return _weights.Standardised(row);
    }

    /// <summary>
    /// Copy score (Wang et al. 2023, 3.1): how often a token, read from the residual stream after block 0 at its position
    /// and passed through LayerNorm, W_V with its bias, W_O and the final LayerNorm, is among the <paramref name="top"/> logits.
    /// The stream after block 0 depends on what stands before the token, and so does the score. Negative heads (sign −1) are
    /// scored on the negated output.
    /// </summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer:
    /// what a head writes does not reach the output as it is.</exception>
    public double CopyScore(int layer, int head, ActivationCache cache,
        IReadOnlyList<(int Prompt, int Position)> places, int top = 5, int sign = 1)
    {
        Require(layer, head);
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(places);
        Weights.RequireSum(_gpt.Config, "a copy score");
        using var pass = new ForwardPass(_gpt);
        var run = pass.NewRun();
        var (group, rows) = (GroupOf(layer, head), new float[places.Count * C]);
        var (valueWeight, valueBias) = (_weights.Input(layer, group, Activation.V), _weights.InputBias(layer, group, Activation.V));
        for (var i = 0; i < places.Count; i++)
        {
            var x = _weights.Normalised(layer, cache.Row(Activation.ResidPost, 0, places[i].Prompt, places[i].Position));
            var value = Weights.Multiply(x, valueWeight, D);
            TensorPrimitives.Add(value, valueBias, value);
            TensorPrimitives.Multiply(Weights.Multiply(value, _weights.Output(layer, head), C), sign, rows.AsSpan(i * C, C));
        }
        var written = run.Operations.Arena.Allocate(new Shape(places.Count, C), _gpt.Parameters.Type);
        _gpt.Backend.Write(rows, written);
        var logits = pass.Logits(written).Chunk(_gpt.Config.VocabularySize).ToArray();
        return places.Select((place, i) =>
            new Distribution(logits[i]).Rank(cache.Prompts[place.Prompt][place.Position]) < top ? 1.0 : 0).Average();
    }

    /// <summary>
    /// How much a head reads from what an earlier one writes (Elhage et al. 2021): ‖W_OV · W‖ / (‖W_OV‖ ‖W‖) in Frobenius
    /// norm, with W = W_QK for queries (q), W_QKᵀ for keys (k) and W_OV for values (v) of the later head. LayerNorm's gain is
    /// folded into what heads read and the mean over the width is taken off what they read and write, as TransformerLens does
    /// when it loads a model: otherwise directions that no later head can read would count.
    /// </summary>
    /// <exception cref="ArgumentException">The model normalises the stream after every layer:
    /// a head does not read what another writes as it is.</exception>
    public double Composition((int Layer, int Head) earlier, (int Layer, int Head) later, Activation part)
    {
        Require(earlier.Layer, earlier.Head);
        Require(later.Layer, later.Head);
        Weights.RequireSum(_gpt.Config, "composition of heads");
        var writes = new Factors(Input(earlier.Layer, earlier.Head, Activation.V), _weights.OutputToStream(earlier.Layer, earlier.Head), C);
        var reads = ReadingFactors(later.Layer, later.Head, part);
        return writes.Times(reads) / (writes.Norm() * reads.Norm());
    }

    private Factors ReadingFactors(int layer, int head, Activation part)
    {
        var right = part == Activation.V ? _weights.OutputToStream(layer, head)
            : Factors.Transposed(Input(layer, head, part == Activation.Q ? Activation.K : Activation.Q), C);
        return new Factors(Input(layer, head, part), right, C);
    }

    // What a head's queries, keys or values read of the residual stream.
    private float[] Input(int layer, int head, Activation part) =>
        _weights.InputOfStream(layer, part == Activation.Q ? head : GroupOf(layer, head), part);

    private int GroupOf(int layer, int head) => _gpt.Config.Block(layer).Attention.KeyValueHeadOf(head);

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
