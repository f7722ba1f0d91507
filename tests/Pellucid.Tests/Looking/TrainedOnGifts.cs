using System.Text;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Looking;

/// <summary>A small model that learned from the generator whom something is given to, and one whose answers were shuffled;
/// trained once for all tests.</summary>
public sealed class TrainedOnGifts : IDisposable
{
    private static readonly string[] Names = ["Adam", "Anna", "Ben", "Bob", "Carl", "Dave", "Emma", "Fred", "Jack", "Jane", "John",
        "Kate", "Lucy", "Mark", "Mary", "Paul"];
    private static readonly string[] Places = ["park", "farm", "market", "beach"], Things = ["ring", "book", "ball", "coat"];

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);

    public TrainedOnGifts()
    {
        Tokenizer = BpeTrainer.Train(Encoding.UTF8.GetBytes(World(1).Text(800)), 4000);
        Data = new IndirectObjectData(Tokenizer, World(99).Balanced(4));
        Right = Train(shuffled: false, steps: 1200);
        Shuffled = Train(shuffled: true, steps: 300);
    }

    public Tokenizer Tokenizer { get; }

    /// <summary>Prompts with a seed that training did not use.</summary>
    public IndirectObjectData Data { get; }

    public Gpt Right { get; }

    public Gpt Shuffled { get; }

    public void Dispose()
    {
        Right.Dispose();
        Shuffled.Dispose();
        _backend.Dispose();
    }

    private static IndirectObject World(ulong seed) => new(seed, Names, Places, Things);

    // The loss is that of the answer alone.
    private Gpt Train(bool shuffled, int steps)
    {
        const int Batch = 64;
        var gpt = new Gpt(new GptConfig
        {
            VocabularySize = Tokenizer.VocabularySize, Context = 32, Layers = 3, Heads = 4, Width = 64, FeedForwardWidth = 128
        }, _backend);
        gpt.Initialize(1);
        gpt.Parameters.PrepareTraining();
        using var arena = new Arena(_backend);
        using var tape = new Tape(_backend);
        using var rows = new TokenRows(_backend);
        var (operations, world, answers) = (new Operations(_backend, arena, tape), World(7), new int[Batch]);
        for (var step = 1; step <= steps; step++)
        {
            operations.Reset();
            rows.Clear();
            gpt.Parameters.ClearGradients();
            var ends = new int[Batch];
            for (var i = 0; i < Batch; i++)
            {
                var prompt = world.Next();
                rows.Add(Tokenizer.Encode(prompt.Text));
                ends[i] = rows.Count - 1;
                answers[i] = Tokenizer.Encode(
                    " " + (shuffled && CounterRandom.Bits(3, 0, (ulong)step, (ulong)i) % 2 == 0 ? prompt.Giver : prompt.Receiver))[0];
            }
            var targets = arena.Allocate(new Shape(Batch), ElementType.Int32);
            _backend.Write(answers, targets);
            var run = new GptRun(operations) { LogitRows = ends };
            gpt.Loss(gpt.Forward(rows, run), targets, 1f / Batch, run);
            tape.Backward();
            var norm = (float)Math.Sqrt(_backend.SquaredNorm(gpt.Parameters.AllGradients));
            var rate = 3e-3f * Math.Min(1, step / 50f) * Math.Min(1, (steps - step + 1) / (0.3f * steps));
            gpt.Parameters.Update(new AdamWStep(rate, 0.9f, 0.98f, 1e-8f, 0.01f, step), Math.Min(1, 1 / norm), gpt.Decays);
        }
        return gpt;
    }
}
