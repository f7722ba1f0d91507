using System.Text;
using Pellucid.Looking.Relations;
using Pellucid.Models;
using Pellucid.Tensors;
using Pellucid.Tokens;

namespace Pellucid.Tests.Looking.Relations;

/// <summary>
/// A model that knows capitals by construction: a capital's vector is its country's plus d, a head brings the country to
/// the end, the feed-forward layer 2 adds d, and a head of layer 3 fetches d from a prompt that tells the capital.
/// </summary>
public sealed class RelationTests : IDisposable
{
    private const int Countries = 4, Function = 2, D = 4, Asks = 5, First = 6, Second = 7, Ask = 2 * Countries, Filler = Ask + 1;

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly ModelByHand _model;
    private readonly Gpt _gpt;

    public RelationTests()
    {
        _model = new ModelByHand(_backend,
            new GptConfig { VocabularySize = 10, Context = 8, Layers = 5, Heads = 2, Width = 32 }, neurons: 1);
        for (var country = 0; country < Countries; country++)
            _model.Token(country, country)
                .Token(Countries + country, country)
                .Token(Countries + country, D)
                .Reads(0, 0, 2, country, 1 + country, 1)
                .Writes(0, 0, 1 + country, country, 6);
        _model.Token(Ask, Asks).Token(Ask, D, -0.5f).Position(0, First).Position(1, Second).Neuron(Function, 0, Asks, 10, D, 0.1f);
        _model.Reads(0, 0, 0, Asks, 0, 40).Reads(0, 0, 1, Second, 0, 40); // the head that brings the country
        // the head that copies
        _model.Reads(3, 1, 0, Asks, 0, 40).Reads(3, 1, 1, First, 0, 40).Reads(3, 1, 2, D, 1, 1).Writes(3, 1, 1, D, 1);
        _gpt = _model.Finish();
    }

    private static IReadOnlyList<RelationPrompt> Prompts(Func<int, int> first) => [.. Enumerable.Range(0, Countries).Select(country =>
        new RelationPrompt(new RelationPair($"{country}", $"capital {country}"), [first(country), country, Ask],
            country, Countries + country))];

    private static IReadOnlyList<RelationPrompt> Asked => Prompts(_ => Filler);

    [Fact]
    public void Stages_are_those_of_the_planted_layer()
    {
        foreach (var prompt in EarlyDecoding.Read(_gpt, Asked))
        {
            Assert.Equal([Stage.ArgumentFormation, Stage.ArgumentFormation, Stage.FunctionApplication, Stage.Saturation, Stage.Saturation],
                Enumerable.Range(0, 5).Select(prompt.StageOf));
            Assert.True(prompt.SwitchIsFeedForward);
            Assert.Equal((0, 0), (prompt.ArgumentFormed, prompt.End.AnswerRank));
            Assert.Equal(prompt.Prompt.Argument,
                prompt.Steps.First(step => step.Activation == Activation.ResidMid && step.Layer == Function).Top);
        }
    }

    [Fact]
    public void The_layer_that_applies_the_function_is_found() =>
        Assert.Equal(Function, EarlyDecoding.FunctionLayer(EarlyDecoding.Read(_gpt, Asked)));

    [Fact]
    public void Early_decoding_ends_with_what_the_model_says()
    {
        using var arena = new Arena(_backend);
        using var rows = new TokenRows(_backend);
        rows.Add(Asked[1].Tokens);
        var run = new GptRun(new Operations(_backend, arena)) { LogitRows = [2] };
        var logits = new float[10];
        _backend.Read(_gpt.Logits(_gpt.Forward(rows, run), run), logits);
        Assert.Equal(new Pellucid.Looking.Distribution(logits).Probability(Asked[1].Answer),
            EarlyDecoding.Read(_gpt, Asked)[1].End.AnswerProbability);
    }

    [Fact]
    public void The_vector_of_one_prompt_is_the_planted_one_and_carries_the_function_to_all_others()
    {
        var vector = RelationVector.Of(_gpt, Asked[0], Function);
        Assert.Equal(Enumerable.Range(0, 32).Select(column => column == D ? 1f : 0), vector.Values.Select(value => MathF.Round(value, 5)));
        // Without feed-forward layer 2 the answer is the country; the vector in its place brings the capital back.
        foreach (var atEnd in (bool[])[false, true])
            Carries(vector.Measure(_gpt, Asked, Function, Function, atEnd).ToDictionary(one => one.StandIn));
    }

    private static void Carries(Dictionary<StandIn, Transfer> transfer)
    {
        Assert.Equal((1, 1, 0), (transfer[StandIn.Unchanged].Score.First.Mean, transfer[StandIn.Vector].Score.First.Mean,
            transfer[StandIn.Zero].Score.First.Mean));
        Assert.Equal(Countries - 1, transfer[StandIn.Vector].Score.First.Count);
        Assert.Equal((0, 0), (transfer[StandIn.Random].Score.First.Mean, transfer[StandIn.Shuffled].Score.First.Mean));
    }

    [Fact]
    public void Without_the_feed_forward_layer_the_country_is_said_and_a_prompt_that_tells_the_capital_restores_it()
    {
        using var ranks = new AnswerRanks(_gpt, Asked);
        // only the country is likelier
        Assert.All(ranks.Measure((prompt, _) => [new(Activation.MlpOut, Function, 0, 3, -1, -1, default, 0)]),
            rank => Assert.Equal(1, rank));
        using var told = new AnswerRanks(_gpt, Prompts(country => Countries + country));
        Assert.All(told.Measure((prompt, _) => [new(Activation.MlpOut, Function, 0, 3, -1, -1, default, 0)]),
            rank => Assert.Equal(0, rank));
    }

    [Fact]
    public void Removal_keeps_what_is_copied_and_loses_what_must_be_known()
    {
        using var backend = TestBackends.Create(TestBackends.WidestCpu);
        var relation = new Relation("r", [new("a", "A"), new("b", "B"), new("c", "C"), new("d", "D", IsHeldOut: true)], "{}>");
        var tokenizer = CharacterTokenizer.FromText(Encoding.UTF8.GetBytes(" abcdABCD>\n"));
        using var gpt = new Gpt(
            new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 32, Layers = 2, Heads = 1, Width = 8 }, backend);
        gpt.Initialize(1);
        // Words of one character are told apart by the space before them alone: no pair can be asked.
        Assert.Contains("only 0 can be asked",
            Assert.Throws<ArgumentException>(() => new RelationTask(relation, tokenizer, gpt.Config)).Message, StringComparison.Ordinal);
        var bytePairs = BpeTrainer.Train(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(" a b c d A B C D a> A\nb> B\nc> C\nd> D\n", 20))), 270);
        using var other = new Gpt(
            new GptConfig { VocabularySize = bytePairs.VocabularySize, Context = 32, Layers = 2, Heads = 1, Width = 8 }, backend);
        other.Initialize(1);
        var task = new RelationTask(relation, bytePairs, other.Config, examples: 1, seed: 3);
        Assert.Equal(4, task.Asked.Count);
        Assert.All(task.Copied, prompt => Assert.Contains(prompt.Answer, prompt.Tokens));
        Assert.All(task.Asked, prompt => Assert.DoesNotContain(prompt.Answer, prompt.Tokens));
        // what is held out is no example
        Assert.DoesNotContain("d> D", string.Concat(task.Asked.Take(3).Select(prompt => bytePairs.Decode(prompt.Tokens))));
        Assert.Equal([0, 1, 2], FeedForwardRemoval.Measure(other, task.Asked, task.Copied).Select(one => one.Removed));
        Assert.All(task.Repeats(),
            prompt => Assert.Equal((11, prompt.Argument, prompt.Argument), (prompt.Tokens.Length, prompt.Tokens[3], prompt.Tokens[7])));
    }

    [Fact]
    public void Files_of_pairs_are_read_and_bad_ones_named_by_line()
    {
        using var folder = new TemporaryFolder();
        string Written(string name, string text)
        {
            var path = folder.File(name);
            File.WriteAllText(path, text);
            return path;
        }
        var table = RelationFile.Read(Written("capitals.csv",
            "country,capital,type\r\n\"Poland\",\"Warsaw\",x\r\n\"Korea, South\",\"Seoul \"\"S\"\"\",y\r\n"), "The capital of {} is");
        Assert.Equal([new("Poland", "Warsaw"), new("Korea, South", "Seoul \"S\"")], table.Pairs);
        Assert.Equal("{} is in", RelationFile.Read(
            Written("in.json", """{"name":"n","prompt_templates":["{} is in"],"samples":[{"subject":"a","object":"b"}]}""")).Template);
        void Refused<TError>(string message, string name, string text, string? template = "of {} is") where TError : Exception =>
            Assert.Contains(message,
                Assert.Throws<TError>(() => RelationFile.Read(Written(name, text), template)).Message, StringComparison.Ordinal);
        Refused<InvalidDataException>("line 3 is not a subject and an object", "bad.csv", "a,b\nc,d\ne\n");
        Refused<InvalidDataException>("line 2 has a quote that is never closed", "bad.csv", "a,b\n\"c,d\n");
        Refused<InvalidDataException>("is no relation", "bad.json", """{"name":"n"}""");
        Refused<InvalidDataException>("is no relation", "bad.json", "{");
        Refused<InvalidDataException>("has no pairs", "bad.csv", "a,b\n");
        Refused<ArgumentException>("has no {}", "good.csv", "a,b\nc,d\n", "the capital is");
        Refused<ArgumentException>("a template is needed", "good.csv", "a,b\nc,d\n", null);
    }

    [Fact]
    public void Public_relations_and_the_table_of_capitals_can_be_read()
    {
        Assert.Equal(24, RelationFile.Read(SharedData.Path("lre-relations/factual/country_capital_city.json")).Pairs.Count);
        Assert.Equal(76, RelationFile.Read(SharedData.Path("lre-relations/linguistic/verb_past_tense.json")).Pairs.Count);
        Assert.Equal(new RelationPair("Abkhazia", "Sukhumi"),
            RelationFile.Read(SharedData.Path("lm-vector-arithmetic/world_capitals.csv"), "{}:").Pairs[0]);
    }

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
    }
}
