using Pellucid.Looking;
using Pellucid.Looking.Checkpoints;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tensors.Reference;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking.Checkpoints;

public sealed class CheckpointQuestionsTests
{
    // A model that answers by heads written by hand, after one that guesses: what it can do came between the two.
    [Fact]
    public void A_circuit_that_was_planted_is_dated()
    {
        using var backend = new ReferenceBackend();
        using var planted = new PlantedCircuit(backend, byInduction: true);
        using var random = new Gpt(planted.Gpt.Config, backend);
        random.Initialize(1);
        var sentence = planted.Data.Questions[0];
        var questions = new CheckpointQuestions(planted.Tokenizer, planted.Tokenizer.EndOfText, seed: 5) { Text = sentence.Tokens };
        questions.FollowWhatIsSaidBy(planted.Gpt);
        Assert.Equal(LogitLens.Read(planted.Gpt, new Prompts([sentence.Tokens]))[^1].Top[0].Token, questions.Answer);
        Assert.Null(questions.WhyNoSentences);
        CheckpointLook[] looks = [questions.Look(random, 0), questions.Look(random, 100), questions.Look(planted.Gpt, 200),
            questions.Look(planted.Gpt, 300)];
        Assert.Equal(1, looks[2].Accuracy);
        Assert.True(looks[0].Accuracy < 0.9);
        Assert.Equal((100, 200), Rise.Of(looks.Select(look => (look.Step, look.Accuracy))) is { } rise ? (rise.From, rise.To) : default);
        Assert.Equal((100, 200), Rise.Of(looks.Select(look => (look.Step, look.Lens[^1].TargetProbability))) is { } said
            ? (said.From, said.To) : default);
        Assert.Equal(0, looks[^1].Lens[^1].TargetRank);
    }

    [Fact]
    public void Its_numbers_are_those_of_the_instruments()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Tokenizer.LoadOrNumbers(folder.Path, 30);
        using var backend = CpuBackend.Create(1);
        using var gpt = new Gpt(new GptConfig { VocabularySize = 30, Context = 12, Layers = 2, Heads = 2, Width = 16 }, backend);
        gpt.Initialize(3);
        var questions = new CheckpointQuestions(tokenizer, seed: 4) { Text = [1, 2, 3, 1, 2], Answer = 3 };
        Assert.Contains("has no tokenizer", questions.WhyNoSentences, StringComparison.Ordinal);
        var look = questions.Look(gpt, 7);
        Assert.Equal(HeadSummary.OnRepeatedTokens(gpt, 4), look.Heads);
        var lens = LogitLens.Read(gpt, new Prompts([[1, 2, 3, 1, 2]]), midway: false, target: (_, _) => 3)
            .Where(reading => reading.Position == 4).ToArray();
        Assert.Equal(lens.Select(reading => (reading.Layer, reading.TargetProbability, reading.TargetRank)),
            look.Lens.Select(reading => (reading.Layer, reading.TargetProbability, reading.TargetRank)));
        Assert.Equal(3, look.Lens.Count);
        Assert.True(double.IsNaN(look.Accuracy));
        Assert.Equal(7, look.Step);
        Assert.Equal(look.Heads.Max(head => head.Induction), look.Best(HeadScore.Induction).Induction);
        Assert.Contains("13 tokens", Assert.Throws<ArgumentException>(() => new CheckpointQuestions(tokenizer)
            { Text = new int[13] }.Look(gpt, 0)).Message, StringComparison.Ordinal);
    }
}
