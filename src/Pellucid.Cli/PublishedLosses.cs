using Pellucid.Cli.Terminal;
using Pellucid.Evaluation;
using Pellucid.Files;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary>Published losses of GPT-2 on texts that a user has:
/// nanoGPT's on OpenWebText, and what llm.c's programs print on Tiny Shakespeare, training included.</summary>
internal static class PublishedLosses
{
    private const int Windows = 64;

    // llm.c: batches of 4 sequences of 64 tokens, the first 32,768 tokens for validation, 5 batches of them.
    private const int Sequences = 4, Length = 64, BatchTokens = Sequences * Length, ValidationTokens = 32_768,
        ValidationBatches = 5, Steps = 40;

    // llm.c's test: the losses of ten steps on the first batch of the validation part, with weight decay on every tensor.
    private static readonly double[] TenSteps = [5.270007, 4.059707, 3.375123, 2.800783, 2.315382, 1.849029, 1.394656,
        0.999147, 0.624080, 0.376511];

    /// <summary>The loss on windows spread evenly over OpenWebText's validation tokens.</summary>
    public static VerifyCommand.Check OpenWebText(Gpt gpt, string tokenFile, double published)
    {
        using var tokens = TokenStore.Open([tokenFile], gpt.Config.VocabularySize);
        var window = new int[gpt.Context + 1];
        if (tokens.Count < window.Length)
            throw new InvalidDataException(
                $"{tokenFile} has {tokens.Count} tokens; at least {window.Length} are needed, the model's context and one");
        var losses = new double[Windows];
        for (var i = 0; i < Windows; i++)
        {
            tokens.CopyTo(i * (tokens.Count - window.Length) / (Windows - 1), window);
            losses[i] = Perplexity.Measure(gpt, window, 1).Loss;
        }
        var here = Estimate.Of(losses);
        return new($"loss on OpenWebText, {Windows} windows of {gpt.Context} tokens", "nanoGPT", Units.Number(published, 2),
            $"{Units.Number(here.Mean, 3)} ± {Units.Number(here.StandardError, 3)}",
            Math.Abs(here.Mean - published) <= 0.01 + 3 * here.StandardError);
    }

    /// <summary>Tokens, losses and training of llm.c on Tiny Shakespeare. Trains the model, and another one from the folder.</summary>
    public static IEnumerable<VerifyCommand.Check> TinyShakespeare(Gpt gpt, Func<Gpt> again, Tokenizer tokenizer, string textFile)
    {
        const string source = "llm.c";
        var tokens = Encode(tokenizer, PlainText.ReadAll(textFile));
        if (tokens.Length < ValidationTokens + Steps * BatchTokens + 1)
            throw new InvalidDataException($"{textFile} has {tokens.Length} tokens; it is not Tiny Shakespeare");
        if (gpt.Context < Length)
            throw new InvalidDataException($"the model's context of {gpt.Context} is below {Length}");
        yield return new("tokens of Tiny Shakespeare, validation and training", source, "32768 305260",
            $"{ValidationTokens} {tokens.Length - ValidationTokens}", tokens.Length - ValidationTokens == 305_260);

        int[] Batch(int start) => tokens[start..(start + BatchTokens + 1)];
        using (var run = new Run(gpt))
        {
            double Validation() => Enumerable.Range(0, ValidationBatches).Average(batch => run.Loss(Batch(batch * BatchTokens)));
            yield return VerifyCommand.Number("loss on its validation part", source, 5.252026, Validation(), 1e-3, 6);
            var first = run.Train(Batch(ValidationTokens), 1, decay: 0);
            yield return VerifyCommand.Number("loss on the first training batch", source, 5.356189, first, 1e-3, 6);
            for (var step = 2; step <= Steps; step++)
                run.Train(Batch(ValidationTokens + (step - 1) * BatchTokens), step, decay: 0);
            yield return VerifyCommand.Number($"validation loss after {Steps} steps of AdamW", source, 4.107781, Validation(), 1e-2, 6);
        }
        using var untouched = again();
        using var ten = new Run(untouched);
        var losses = Enumerable.Range(1, TenSteps.Length).Select(step => ten.Train(Batch(0), step, decay: 0.01f)).ToArray();
        string Tell(double[] values) => string.Join(' ', values.Select(value => Units.Number(value, 4)));
        yield return new("losses of ten steps on its first batch", source, Tell(TenSteps), Tell(losses),
            losses.Zip(TenSteps).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-2));
    }

    // Each statement of the dialogue is a document, begun by the end-of-text token.
    private static int[] Encode(Tokenizer tokenizer, string text)
    {
        var (statements, tokens) = (text.Split("\n\n"), new List<int>());
        for (var i = 0; i < statements.Length; i++)
        {
            tokens.Add(tokenizer.EndOfText!.Value);
            tokens.AddRange(tokenizer.Encode(i < statements.Length - 1 ? statements[i] + "\n\n" : statements[i]));
        }
        return [.. tokens];
    }

    private sealed class Run : IDisposable
    {
        private readonly Gpt _gpt;
        private readonly Arena _arena;
        private readonly Tape _tape;
        private readonly TokenRows _rows;

        public Run(Gpt gpt)
        {
            (_gpt, _arena, _tape, _rows) = (gpt, new Arena(gpt.Backend), new Tape(gpt.Backend), new TokenRows(gpt.Backend));
            gpt.Parameters.PrepareTraining();
        }

        public double Loss(int[] batch) => Forward(batch, new Operations(_gpt.Backend, _arena), 0);

        /// <summary>One update, at llm.c's rate; tells the loss before it.</summary>
        public double Train(int[] batch, int step, float decay)
        {
            _gpt.Parameters.ClearGradients();
            var loss = Forward(batch, new Operations(_gpt.Backend, _arena, _tape), 1f / BatchTokens);
            _tape.Backward();
            _gpt.Parameters.Update(new AdamWStep(1e-4f, 0.9f, 0.999f, 1e-8f, decay, step), 1, _ => true);
            return loss;
        }

        public void Dispose()
        {
            _rows.Dispose();
            _tape.Dispose();
            _arena.Dispose();
        }

        private double Forward(int[] batch, Operations operations, float weight)
        {
            operations.Reset();
            _rows.Clear();
            for (var i = 0; i < Sequences; i++)
                _rows.Add(batch.AsSpan(i * Length, Length));
            var targets = _arena.Allocate(new Shape(BatchTokens), ElementType.Int32);
            _gpt.Backend.Write(batch.AsSpan(1), targets);
            var (run, values) = (new GptRun(operations), new float[BatchTokens]);
            _gpt.Backend.Read(_gpt.Loss(_gpt.Forward(_rows, run), targets, weight, run), values);
            return -values.Average(value => (double)value);
        }
    }
}
