using System.Text;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking;

/// <summary>
/// Attention-only models that do the indirect-object task by heads written by hand, beside heads that compute noise which
/// nobody reads. Three layers: duplicate token, S-inhibition, name mover. Four: previous token and induction find the duplicate.
/// </summary>
internal sealed class PlantedCircuit : IDisposable
{
    private const int N = 6, Context = 22, Heads = 3, D = 32;

    // Columns of the residual stream.
    private const int Identity = 0, Duplicate = N, Inhibited = 2 * N, Previous = 3 * N, IsName = 24, IsEnd = 25, IsFirst = 26,
        Position = 32, Junk = Position + Context;

    // Columns of a head that all of these share: the constant that looks at the first token when there is nothing else to look at.
    private const int Sink = D - 1;

    private static readonly string[] Names = ["Anna", "Ben", "Clara", "Dave", "Emma", "Fred"];
    private static readonly float Scale = MathF.Sqrt(D);

    private readonly ModelByHand _model;

    public PlantedCircuit(Backend backend, bool byInduction)
    {
        var world = new IndirectObject(3, Names, ["park", "farm"], ["ring", "book"]);
        Tokenizer = BpeTrainer.Train(
            Encoding.UTF8.GetBytes(new IndirectObject(1, Names, ["park", "farm"], ["ring", "book"]).Text(600)), 4000);
        Data = new IndirectObjectData(Tokenizer, world.Balanced(2), Tokenizer.EndOfText);
        var layers = byInduction ? 4 : 3;
        _model = new ModelByHand(backend, new GptConfig
        {
            VocabularySize = Tokenizer.VocabularySize, Context = Context, Layers = layers, Heads = Heads, Width = Heads * D
        });
        Embed();
        if (byInduction)
        {
            AddPreviousToken(0, 1);
            AddInduction(1, 0);
        }
        else
            AddDuplicateToken(0, 1);
        AddSInhibition(layers - 2, 2);
        AddNameMover(layers - 1, byInduction ? 1 : 0);
        AddNoise(layers);
        Gpt = _model.Finish();
    }

    public Tokenizer Tokenizer { get; }

    public IndirectObjectData Data { get; }

    public Gpt Gpt { get; }

    public void Dispose() => _model.Dispose();

    private void Embed()
    {
        for (var i = 0; i < N; i++)
            _model.Token(Tokenizer.Encode(" " + Names[i])[0], Identity + i).Token(Tokenizer.Encode(" " + Names[i])[0], IsName);
        _model.Token(Tokenizer.Encode(" to")[0], IsEnd).Token(Tokenizer.EndOfText!.Value, IsFirst);
        for (var position = 0; position < Context; position++)
            _model.Position(position, Position + position);
        for (var token = 0; token < Tokenizer.VocabularySize; token++)
            for (var c = Junk; c < Heads * D; c++)
                if (!Names.Contains(Tokenizer.Decode([token]).Trim()))
                    _model.Token(token, c, CounterRandom.Normal(9, 0, (ulong)token, (ulong)c));
    }

    // Looks for the same name, but not at itself: the match of positions takes away what the match of names gives.
    private void AddDuplicateToken(int layer, int head)
    {
        AddSink(layer, head);
        for (var i = 0; i < N; i++)
            _model.Reads(layer, head, 0, Identity + i, i, Scale)
                .Reads(layer, head, 1, Identity + i, i, 40)
                .Reads(layer, head, 2, Identity + i, i, 1)
                .Writes(layer, head, i, Duplicate + i, 1);
        for (var p = 0; p < Context; p++)
            _model.Reads(layer, head, 0, Position + p, N + p, Scale).Reads(layer, head, 1, Position + p, N + p, -40);
    }

    private void AddPreviousToken(int layer, int head)
    {
        for (var p = 0; p < Context; p++)
            _model.Reads(layer, head, 0, Position + p, Math.Max(0, p - 1), Scale).Reads(layer, head, 1, Position + p, p, 40);
        for (var i = 0; i < N; i++)
            _model.Reads(layer, head, 2, Identity + i, i, 1).Writes(layer, head, i, Previous + i, 1);
    }

    private void AddInduction(int layer, int head)
    {
        AddSink(layer, head);
        for (var i = 0; i < N; i++)
            _model.Reads(layer, head, 0, Identity + i, i, Scale)
                .Reads(layer, head, 1, Previous + i, i, 40)
                .Reads(layer, head, 2, Previous + i, i, 1)
                .Writes(layer, head, i, Duplicate + i, 1);
    }

    private void AddSInhibition(int layer, int head)
    {
        AddSink(layer, head);
        _model.Reads(layer, head, 0, IsEnd, N, Scale);
        for (var i = 0; i < N; i++)
            _model.Reads(layer, head, 1, Duplicate + i, N, 40).Reads(layer, head, 2, Duplicate + i, i, 1).Writes(
                layer, head, i, Inhibited + i, 1);
    }

    private void AddNameMover(int layer, int head)
    {
        AddSink(layer, head);
        _model.Reads(layer, head, 0, IsEnd, N, Scale).Reads(layer, head, 1, IsName, N, 40);
        for (var i = 0; i < N; i++)
            _model.Reads(layer, head, 0, Inhibited + i, i, -Scale)
                .Reads(layer, head, 1, Identity + i, i, 80)
                .Reads(layer, head, 2, Identity + i, i, 1)
                .Writes(layer, head, i, Identity + i, 10);
    }

    private void AddSink(int layer, int head) => _model.Always(layer, head, 0, Sink, Scale).Reads(layer, head, 1, IsFirst, Sink, 20);

    // Every other head attends at random, and writes to columns that only noise reads.
    private void AddNoise(int layers)
    {
        for (var layer = 0; layer < layers; layer++)
        for (var head = 0; head < Heads; head++)
        {
            if (_model.IsWritten(layer, head))
                continue;
            for (var c = 0; c < Heads * D; c++)
            for (var d = 0; d < D; d++)
            {
                float Random(uint purpose) => CounterRandom.Normal(5, purpose, (ulong)(layer * Heads + head), (ulong)(c * D + d)) / 8;
                _model.Reads(layer, head, 0, c, d, Random(0)).Reads(layer, head, 1, c, d, Random(1)).Reads(layer, head, 2, c, d, Random(2));
                if (c >= Junk)
                    _model.Writes(layer, head, d, c, Random(3));
            }
        }
    }
}
