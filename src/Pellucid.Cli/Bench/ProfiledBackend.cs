using System.CommandLine;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Pellucid.Cli.Terminal;
using Pellucid.Tensors;

namespace Pellucid.Cli.Bench;

/// <summary>A backend that hands every operation on to another and keeps the time that each takes.</summary>
internal sealed partial class ProfiledBackend(Backend inner) : Backend
{
    private readonly Dictionary<string, double> _seconds = [];

    public override string Name => inner.Name;

    /// <summary>Operations and the seconds spent in each since the last call, the longest first.</summary>
    public (string Operation, double Seconds)[] Take()
    {
        var taken = _seconds.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value)).ToArray();
        _seconds.Clear();
        return taken;
    }

    /// <summary>Prints the share that each operation had in rounds of so many milliseconds.</summary>
    public void ShowShares(ParseResult words, IReadOnlyList<double> milliseconds)
    {
        var (taken, total) = (Take(), milliseconds.Sum());
        var output = new Output(words.GetValue(CommonOptions.Json));
        void Line(string what, double spent) =>
            output.Line($"{what,-36} {Units.Number(spent / milliseconds.Count, 2),10} ms  {Units.Number(100 * spent / total, 1),5} %");
        foreach (var (operation, seconds) in taken)
            Line(operation, 1000 * seconds);
        Line("outside operations", total - 1000 * taken.Sum(part => part.Seconds));
    }

    internal override nint Allocate(long bytes) => inner.Allocate(bytes);

    internal override void Release(nint address, long bytes) => inner.Release(address, bytes);

    public override void Write(ReadOnlySpan<float> source, Tensor destination)
    {
        var start = Now;
        inner.Write(source, destination);
        Note(start);
    }

    internal override void Write(ReadOnlySpan<double> source, Tensor destination)
    {
        var start = Now;
        inner.Write(source, destination);
        Note(start);
    }

    public override void Write(ReadOnlySpan<int> source, Tensor destination)
    {
        var start = Now;
        inner.Write(source, destination);
        Note(start);
    }

    public override void Read(Tensor source, Span<float> destination)
    {
        var start = Now;
        inner.Read(source, destination);
        Note(start);
    }

    public override void Read(Tensor source, Span<int> destination)
    {
        var start = Now;
        inner.Read(source, destination);
        Note(start);
    }

    internal override long WeightBytes(Shape shape, WeightForm form, ElementType type) => inner.WeightBytes(shape, form, type);

    internal override void WriteWeight(ReadOnlySpan<float> source, WeightForm form, Tensor destination) =>
        inner.WriteWeight(source, form, destination);

    internal override void ReadWeight(Tensor source, WeightForm form, Span<float> destination) =>
        inner.ReadWeight(source, form, destination);

    internal override void WriteBlocks(ReadOnlySpan<byte> rows, WeightForm form, int firstOutput, Tensor destination) =>
        inner.WriteBlocks(rows, form, firstOutput, destination);

    internal override void ReadBlocks(Tensor source, WeightForm form, int firstOutput, Span<byte> rows) =>
        inner.ReadBlocks(source, form, firstOutput, rows);

    public override void Fill(Tensor destination, float value) => Timed(() => inner.Fill(destination, value));

    public override void Copy(Tensor source, Tensor destination) => Timed(() => inner.Copy(source, destination));

    internal override void Add(Tensor left, Tensor right, Tensor destination) => Timed(() => inner.Add(left, right, destination));

    internal override void MultiplyAdd(Tensor left, Tensor right, Tensor destination) =>
        Timed(() => inner.MultiplyAdd(left, right, destination));

    internal override void AddScaled(Tensor source, float factor, Tensor destination) =>
        Timed(() => inner.AddScaled(source, factor, destination));

    internal override void Embed(Tensor tokens, Tensor positions, Tensor tokenTable, Tensor positionTable, Tensor destination) =>
        Timed(() => inner.Embed(tokens, positions, tokenTable, positionTable, destination));

    internal override void EmbedBackward(Tensor gradient, Tensor tokens, Tensor positions, Tensor tokenTableGradient,
        Tensor positionTableGradient) =>
        Timed(() => inner.EmbedBackward(gradient, tokens, positions, tokenTableGradient, positionTableGradient));

    internal override void SelectRows(Tensor x, Tensor rows, Tensor destination) => Timed(() => inner.SelectRows(x, rows, destination));

    internal override void SelectRowsBackward(Tensor gradient, Tensor rows, Tensor xGradient) =>
        Timed(() => inner.SelectRowsBackward(gradient, rows, xGradient));

    internal override void LayerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor destination, Tensor mean,
        Tensor reciprocalDeviation) =>
        Timed(() => inner.LayerNorm(x, gain, bias, epsilon, destination, mean, reciprocalDeviation));

    internal override void LayerNormBackward(Tensor gradient, Tensor x, Tensor gain, Tensor mean, Tensor reciprocalDeviation,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain, Tensor biasGradient, bool accumulateBias) =>
        Timed(() => inner.LayerNormBackward(gradient, x, gain, mean, reciprocalDeviation, xGradient, accumulateX, gainGradient,
            accumulateGain, biasGradient, accumulateBias));

    internal override void RmsNorm(Tensor x, in ColumnGroups groups, Tensor gain, float epsilon, Tensor destination, Tensor reciprocalRoot)
    {
        var start = Now;
        inner.RmsNorm(x, groups, gain, epsilon, destination, reciprocalRoot);
        Note(start);
    }

    internal override void RmsNormBackward(Tensor gradient, Tensor x, in ColumnGroups groups, Tensor gain, Tensor reciprocalRoot,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, bool accumulateGain)
    {
        var start = Now;
        inner.RmsNormBackward(gradient, x, groups, gain, reciprocalRoot, xGradient, accumulateX, gainGradient, accumulateGain);
        Note(start);
    }

    internal override void Rotate(Tensor x, Tensor positions, Tensor table, in AttentionShape shape, bool inverse,
        Tensor destination, bool accumulate)
    {
        var start = Now;
        inner.Rotate(x, positions, table, shape, inverse, destination, accumulate);
        Note(start);
    }

    internal override void Gate(Tensor gate, Tensor up, Nonlinearity nonlinearity, Tensor destination) =>
        Timed(() => inner.Gate(gate, up, nonlinearity, destination));

    internal override void GateBackward(Tensor gradient, Tensor gate, Tensor up, Nonlinearity nonlinearity,
        Tensor gateGradient, bool accumulateGate, Tensor upGradient, bool accumulateUp) =>
        Timed(() => inner.GateBackward(gradient, gate, up, nonlinearity, gateGradient, accumulateGate, upGradient, accumulateUp));

    internal override void Linear(Tensor x, Tensor weight, bool transposed, Tensor bias, Tensor destination, in Epilogue epilogue = default)
    {
        var start = Now;
        inner.Linear(x, weight, transposed, bias, destination, epilogue);
        Note(start, OfTable(nameof(Linear), transposed));
    }

    internal override void LinearBackwardInput(Tensor gradient, Tensor weight, bool transposed, Tensor xGradient,
        bool accumulate, in Epilogue epilogue = default)
    {
        var start = Now;
        inner.LinearBackwardInput(gradient, weight, transposed, xGradient, accumulate, epilogue);
        Note(start, OfTable(nameof(LinearBackwardInput), transposed));
    }

    internal override void LinearBackwardWeight(Tensor gradient, Tensor x, bool transposed, Tensor weightGradient, bool accumulate,
        Tensor biasGradient = default, bool accumulateBias = false) =>
        Timed(() => inner.LinearBackwardWeight(gradient, x, transposed, weightGradient, accumulate, biasGradient, accumulateBias),
            OfTable(nameof(LinearBackwardWeight), transposed));

    // Weights that lie transposed are those of the output table.
    private static string OfTable(string operation, bool transposed) => transposed ? operation + " (output table)" : operation;

    internal override void Attention(Tensor qkv, Tensor sinks, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z, Tensor logSumExp)
    {
        var start = Now;
        inner.Attention(qkv, sinks, segments, shape, store, layer, z, logSumExp);
        Note(start);
    }

    internal override void AttentionBackward(Tensor gradient, Tensor qkv, Tensor sinks, Tensor z,
        Tensor logSumExp, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient, Tensor sinksGradient)
    {
        var start = Now;
        inner.AttentionBackward(gradient, qkv, sinks, z, logSumExp, segments, shape, qkvGradient, sinksGradient);
        Note(start);
    }

    internal override void Scale(Tensor x, float factor, Tensor destination) => Timed(() => inner.Scale(x, factor, destination));

    internal override void ScaleColumns(Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias, Tensor destination) =>
        Timed(() => inner.ScaleColumns(x, firstColumn, gain, norm, bias, destination));

    internal override void ScaleColumnsBackward(Tensor gradient, Tensor x, int firstColumn, Tensor gain, Tensor norm, Tensor bias,
        Tensor xGradient, bool accumulateX, Tensor gainGradient, Tensor biasGradient) => Timed(() =>
        inner.ScaleColumnsBackward(gradient, x, firstColumn, gain, norm, bias, xGradient, accumulateX, gainGradient, biasGradient));

    internal override void SoftCap(Tensor x, float cap, Tensor destination) => Timed(() => inner.SoftCap(x, cap, destination));

    internal override void SoftCapBackward(Tensor gradient, Tensor y, float cap, Tensor xGradient, bool accumulate) =>
        Timed(() => inner.SoftCapBackward(gradient, y, cap, xGradient, accumulate));

    internal override void Activate(Tensor x, Nonlinearity nonlinearity, Tensor destination) =>
        Timed(() => inner.Activate(x, nonlinearity, destination));

    internal override void ActivateBackward(Tensor gradient, Tensor x, Nonlinearity nonlinearity, Tensor xGradient, bool accumulate) =>
        Timed(() => inner.ActivateBackward(gradient, x, nonlinearity, xGradient, accumulate));

    internal override void Dropout(Tensor x, float probability, RandomStream random, Tensor destination, bool accumulate) =>
        Timed(() => inner.Dropout(x, probability, random, destination, accumulate));

    internal override void LogProbabilities(Tensor logits, Tensor targets, Tensor logSumExp, Tensor destination) =>
        Timed(() => inner.LogProbabilities(logits, targets, logSumExp, destination));

    internal override void LogProbabilitiesBackward(Tensor gradient, Tensor targets, Tensor logSumExp, Tensor logits) =>
        Timed(() => inner.LogProbabilitiesBackward(gradient, targets, logSumExp, logits));

    internal override void Top(Tensor x, Tensor values, Tensor indices) => Timed(() => inner.Top(x, values, indices));

    internal override void SquaredNorms(Tensor x, Span<double> sums)
    {
        var start = Now;
        inner.SquaredNorms(x, sums);
        Note(start);
    }

    internal override void AdamW(Tensor gradients, float gradientScale, in AdamWStep step, Tensor parameters,
        Tensor firstMoment, Tensor secondMoment)
    {
        var start = Now;
        inner.AdamW(gradients, gradientScale, step, parameters, firstMoment, secondMoment);
        Note(start);
    }

    internal override void Edit(Tensor source, in EditRegion region, EditOperation operation, float factor, Tensor destination) =>
        inner.Edit(source, region, operation, factor, destination);

    internal override void AttentionScores(Tensor qkv, in SegmentTable segments, in AttentionShape shape, KeyValueStore? store, int layer,
        Tensor scores) => inner.AttentionScores(qkv, segments, shape, store, layer, scores);

    internal override void AttentionScoresBackward(Tensor gradient, Tensor qkv, in SegmentTable segments,
        in AttentionShape shape, Tensor qkvGradient) =>
        inner.AttentionScoresBackward(gradient, qkv, segments, shape, qkvGradient);

    internal override void Softmax(Tensor x, Tensor destination, Tensor sinks = default) => inner.Softmax(x, destination, sinks);

    internal override void SoftmaxBackward(Tensor gradient, Tensor y, Tensor xGradient, Tensor sinksGradient = default) =>
        inner.SoftmaxBackward(gradient, y, xGradient, sinksGradient);

    internal override void AttentionMix(Tensor pattern, Tensor qkv, in SegmentTable segments, in AttentionShape shape,
        KeyValueStore? store, int layer,
        Tensor z) => inner.AttentionMix(pattern, qkv, segments, shape, store, layer, z);

    internal override void AttentionMixBackward(Tensor gradient, Tensor pattern, Tensor qkv,
        in SegmentTable segments, in AttentionShape shape,
        Tensor patternGradient, Tensor qkvGradient) =>
        inner.AttentionMixBackward(gradient, pattern, qkv, segments, shape, patternGradient, qkvGradient);

    private static long Now => Stopwatch.GetTimestamp();

    private void Timed(Action work, [CallerMemberName] string operation = "")
    {
        var start = Now;
        work();
        Note(start, operation);
    }

    private void Note(long start, [CallerMemberName] string operation = "") =>
        _seconds[operation] = _seconds.GetValueOrDefault(operation) + Stopwatch.GetElapsedTime(start).TotalSeconds;
}
