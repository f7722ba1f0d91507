using System.CommandLine;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Bench;

/// <summary>Times reading a prompt and writing single tokens, over a key-value store, of a model with random weights.</summary>
internal sealed class InferenceBench : IDisposable
{
    private const int TokensARound = 16;

    private readonly CpuBackend _backend;
    private readonly ProfiledBackend? _profiled;
    private readonly BenchedModel _model;
    private readonly GptConfig _config;
    private readonly Gpt _gpt;
    private readonly KeyValueStore _store;
    private readonly Arena _arena;
    private readonly TokenRows _rows;
    private readonly GptRun _run;
    private readonly float[] _logits;
    private readonly int _batch;
    private double _peak, _integerPeak, _bytesPerSecond; // of this machine, measured when first asked for

    /// <summary>A model, and room for so many positions of so many sequences.</summary>
    public InferenceBench(ParseResult words, BenchedModel model, int batch, int positions, bool profile)
    {
        if (positions > model.Config.Context)
            throw new ArgumentException($"{positions} positions do not fit the model's {model.Config.Context}; ask for less --context");
        (_model, _config, _batch) = (model, model.Config, batch);
        _backend = (CpuBackend)CommonOptions.CreateBackend(words);
        _profiled = profile ? new ProfiledBackend(_backend) : null;
        Backend backend = _profiled is null ? _backend : _profiled;
        _gpt = model.Create(words, backend, batch, positions);
        CommonOptions.SetActivations(words, _gpt);
        _store = _gpt.CreateStore(batch);
        _arena = new Arena(backend);
        _rows = new TokenRows(backend);
        _run = new GptRun(new Operations(backend, _arena)) { Store = _store };
        _logits = new float[batch * _config.VocabularySize];
    }

    /// <summary>The model.</summary>
    public Gpt Gpt => _gpt;

    /// <summary>Logits (sequences, V) of the last step.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    /// <summary>Tokens a second written by all sequences together.</summary>
    public static int Decode(ParseResult words, BenchedModel model, int batch, int context, int rounds, bool profile)
    {
        using var bench = new InferenceBench(words, model, batch, context + TokensARound, profile);
        bench.Step([.. Enumerable.Range(0, context).Select(i => i % model.Config.VocabularySize)], 0);
        var seconds = bench.Measure(words, rounds, () =>
        {
            for (var i = 0; i < TokensARound; i++)
                bench.Step([i], context + i);
        });
        var floor = TokensARound * bench.TokenFloor(context + TokensARound / 2);
        return BenchCommand.Report(words, bench.Job($"decoding, batch {batch}, after {context} tokens"),
            seconds.To(value => batch * TokensARound / value), "tokens/s", [], floor / seconds.Median,
            ("gigabytes_of_weights_a_second", 1e-9 * TokensARound * bench.WeightBytes / seconds.Median),
            ("gigabytes_that_memory_gives_a_second", 1e-9 * bench.BytesPerSecond));
    }

    /// <summary>Tokens a second of a prompt, up to the logits of its last token.</summary>
    public static int Prefill(ParseResult words, BenchedModel model, int context, int rounds, bool profile)
    {
        using var bench = new InferenceBench(words, model, 1, context, profile);
        int[] prompt = [.. Enumerable.Range(0, context).Select(i => i % model.Config.VocabularySize)];
        var seconds = bench.Measure(words, rounds, () => bench.Step(prompt, 0));
        var floor = bench.PromptFloor(context);
        return BenchCommand.Report(words, bench.Job($"reading a prompt of {context} tokens"), seconds.To(value => context / value),
            "tokens/s", [], floor / seconds.Median, ("milliseconds", 1000 * seconds.Median));
    }

    /// <summary>Seconds that reading a prompt takes at least.</summary>
    public double PromptFloor(int context) =>
        Math.Max(SecondsOfArithmetic(context, context / 2.0, LogitOperations), WeightBytes / BytesPerSecond);

    /// <summary>Seconds that a token of every sequence takes at least, after so many.</summary>
    public double TokenFloor(int before) => Math.Max((WeightBytes + _batch * KeyValueBytes(before)) / BytesPerSecond,
        _batch * SecondsOfArithmetic(1, before, LogitOperations));

    // Of so many rows, each after so many: products with weights at the peak of the integers or singles that they are computed in,
    // attention at that of singles.
    private double SecondsOfArithmetic(int rows, double before, double logits)
    {
        var parameters = _gpt.Parameters;
        var inIntegers = parameters.RoundsActivations && Weights().Any(part => part.MeetsRoundedRows);
        var attention = 4.0 * rows * _config.Layers * _config.Heads * _config.HeadWidth * before;
        return (2.0 * rows * _config.NonEmbeddingParameters + logits) / Peak(inIntegers) + attention / Peak(inIntegers: false);
    }

    private double BytesPerSecond =>
        _bytesPerSecond == 0 ? _bytesPerSecond = MachineFloor.BytesPerSecond(_backend.Threads) : _bytesPerSecond;

    private double Peak(bool inIntegers) => inIntegers
        ? _integerPeak == 0 ? _integerPeak = MachineFloor.ByteOperationsPerSecond(_backend) : _integerPeak
        : _peak == 0 ? _peak = MachineFloor.FlopsPerSecond(_backend) : _peak;

    private double LogitOperations => 2.0 * _config.VocabularySize * _config.Width;

    private double KeyValueBytes(int positions) => 8.0 * _config.Layers * _config.KeyValueHeads * _config.HeadWidth * positions;

    private Measurement Measure(ParseResult words, int rounds, Action job)
    {
        job(); // warms up
        _profiled?.Take();
        double[] seconds = [.. Enumerable.Range(0, rounds).Select(_ => BenchCommand.Seconds(job))];
        _profiled?.ShowShares(words, [.. seconds.Select(value => 1000 * value)]);
        return Measurement.Of(seconds);
    }

    // Of one pass: everything but tables of which a row a token is read.
    private double WeightBytes => Weights().Sum(part => part.Count * part.Type.BitsPerWeight() / 8);

    private IEnumerable<Tensor> Weights() =>
        from index in Enumerable.Range(0, _gpt.Layout.Count)
        let parameter = _gpt.Layout[index]
        where parameter.Form != WeightForm.None && (parameter.Role != ParameterRole.TokenTable || _config.TiedOutput)
        let weight = _gpt.Parameters[index]
        from part in Enumerable.Range(0, weight.PartCount)
        select weight.Part(part, parameter.Form == WeightForm.OutIn, out _);

    private string Job(string what) => $"{what}, {_model.Description}, on {_backend.Name}";

    /// <summary>Reads tokens of every sequence, the first of them at that position; logits of the last ones are kept.</summary>
    public void Step(ReadOnlySpan<int> tokens, int position)
    {
        _run.Operations.Reset();
        _rows.Clear();
        for (var sequence = 0; sequence < _batch; sequence++)
            _rows.Add(tokens, position, sequence);
        var count = tokens.Length;
        _run.LogitRows = count == 1 ? null : [.. Enumerable.Range(1, _batch).Select(sequence => sequence * count - 1)];
        _gpt.Backend.Read(_gpt.Logits(_gpt.Forward(_rows, _run), _run), _logits);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _arena.Dispose();
        _store.Dispose();
        _gpt.Dispose();
        _backend.Dispose();
    }
}
