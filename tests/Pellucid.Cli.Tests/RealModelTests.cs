using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary>What <c>docs/models.md</c> and the README state of a real model, by their own commands.</summary>
public sealed class RealModelTests
{
    private const string Model = "SmolLM2-135M-Instruct.Q4_1.gguf";

    [Fact]
    public void It_answers_in_a_chat()
    {
        using var page = NewPage();
        var answer = page.Run($"chat {Model} --message \"What is gravity?\" --temperature 0 --max-tokens 60");
        Assert.StartsWith("Gravity is a", answer.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_capital_of_France_begins_with_a_near_tie()
    {
        using var page = NewPage();
        const string exactly = " --activations f32";
        Assert.Equal("The capital of France is Paris.", page.Run(
            $"chat {Model} --message \"What is the capital of France?\" --temperature 0", exactly).GetProperty("text").GetString());
        using var expected = JsonDocument.Parse(File.ReadAllText(SharedData.Path("real-models/smollm2-135m-instruct/expected.json")));
        var chat = expected.RootElement.GetProperty("chats")[0];
        var tokens = string.Join(' ', chat.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        double Lead(string first, string second, string how)
        {
            var top = page.Run($"evaluate logits {Model} --tokens", $" \"{tokens}\" --bos false --top 2 --out first.npy" + how)
                .GetProperty("top").EnumerateArray().Last();
            Assert.Equal([first, second], top.EnumerateArray().Select(token => token.GetProperty("text").GetString()));
            return Math.Log(top[0].GetProperty("probability").GetDouble() / top[1].GetProperty("probability").GetDouble());
        }
        page.States("*The* is # above *L* where rows are exact, by transformers # too", 0.02,
            Lead("The", "L", exactly), chat.GetProperty("greedy_gap_of_first_two")[0].GetDouble());
        if (Vector512.IsHardwareAccelerated)
            page.States("with AVX-512 *The* is # above *L*", 0, Lead("The", "L", ""));
        else
            page.States("with AVX2 *L* is # above *The*", 0.02, Lead("L", "The", ""));
    }

    [Fact]
    public void A_text_surprises_it_as_much_as_it_surprises_transformers()
    {
        using var page = NewSlowPage();
        page.Bring(SharedData.Path("wikitext-2/test.txt.gz"), "test.txt.gz");
        const string command = $"evaluate loss {Model} --data test.txt.gz --context 1024 --max-tokens 4096";
        var (rounded, exact) = (page.Run(command), page.Run(command, " --activations f32"));
        Assert.Equal(4 * 1023, exact.GetProperty("tokens").GetInt32());
        Assert.InRange(exact.GetProperty("perplexity").GetDouble(), 21.192958683353286 * 0.9995, 21.192958683353286 * 1.0005);
        page.States("perplexity # as it comes, # with `--activations f32`", 0.02, rounded.GetProperty("perplexity").GetDouble(),
            exact.GetProperty("perplexity").GetDouble());
    }

    [Fact]
    public void It_knows_who_is_given_something()
    {
        using var page = NewSlowPage();
        page.Bring(SharedData.Path("ioi-greater-than/ioi_llama.csv"), "ioi_llama.csv");
        var score = page.Run($"evaluate cloze {Model} --data ioi_llama.csv").GetProperty("groups")[0];
        double Of(string field) => score.GetProperty(field).GetDouble();
        Assert.Equal(499, Of("questions"));
        Assert.Equal(0.9919839679358717, Of("preferred"), 3e-3); // one prompt of 499 may be a tie
        page.States("the right name above the wrong one in # % of 499 prompts, first of all tokens in # %, # nats apart in the mean", 0.3,
            100 * Of("preferred"), 100 * Of("accuracy"), Of("log_odds"));
    }

    [Fact]
    public void It_knows_capitals_by_examples()
    {
        using var page = NewSlowPage();
        page.Bring(SharedData.Path("lre-relations/factual/country_capital_city.json"), "country_capital_city.json");
        var score = page.Run($"evaluate cloze {Model} --data country_capital_city.json --template \"The capital of {{}} is\" --examples 5")
            .GetProperty("groups")[0];
        Assert.Equal(19, score.GetProperty("questions").GetInt32());
        Assert.Equal(13 / 19.0, score.GetProperty("first_token_accuracy").GetDouble(), 0.06); // as recorded, but for one tie
        page.States("# % of 19 capitals after five examples, the first token of # %", 6, 100 * score.GetProperty("accuracy").GetDouble(),
            100 * score.GetProperty("first_token_accuracy").GetDouble());
    }

    [Fact]
    public void Its_induction_heads_repeat_what_no_language_knows()
    {
        using var page = NewSlowPage();
        var heads = page.Run($"look attention {Model} --repeat 64").GetProperty("heads").EnumerateArray().ToArray();
        double Of(int layer, int head, string field) => heads.Single(one => one.GetProperty("layer").GetInt32() == layer
            && one.GetProperty("head").GetInt32() == head).GetProperty(field).GetDouble();
        page.States("induction heads 18.6 (#) and 17.3 (#), previous-token heads 16.0 (#) and 11.1 (#)", 0.005, Of(18, 6, "induction"),
            Of(17, 3, "induction"), Of(16, 0, "previous_token"), Of(11, 1, "previous_token"));
        JsonElement Without(string taken) => page.Run($"look ablate {Model} --repeat 64 --together {taken}");
        var strongest = Without("18.6 17.3 17.4 17.5 18.7 23.2 23.7 20.6 24.4 23.8");
        var others = Without("20.1 19.7 21.4 24.3 17.0 21.3 22.7 22.3 25.8 22.2");
        static double Left(JsonElement taken) => taken.GetProperty("results")[0].GetProperty("loss").GetDouble();
        page.States("The second time a token costs # nats; without the ten strongest induction heads #, without ten others #", 0.05,
            strongest.GetProperty("loss").GetDouble(), Left(strongest), Left(others));
    }

    [Fact]
    public void The_lens_sees_Warsaw_come_in_the_last_third()
    {
        using var page = NewPage();
        var readings = page.Run($"look lens {Model} \"The capital of Poland is\" --target \" Warsaw\"").GetProperty("readings")
            .EnumerateArray().ToArray();
        double Rank(int layer) => 1 + readings.Single(one => one.GetProperty("position").GetInt32() == 4
            && one.GetProperty("activation").GetString() == "resid_post" && one.GetProperty("layer").GetInt32() == layer)
            .GetProperty("target_rank").GetInt32();
        page.States("in place # after block 18, # after block 23, # after block 28, # at the end", 5,
            Rank(18), Rank(23), Rank(28), Rank(29));
    }

    [Fact]
    public void The_README_switches_a_head_off()
    {
        using var page = NewPage("README.md");
        var prompt = "\"When Mary and John went to the park, John gave a ring to\"";
        var json = page.Run($"look intervene {Model} {prompt} --change 23.3=0");
        double Of(string when, string name) => 100 * json.GetProperty(when).GetProperty("top").EnumerateArray()
            .Single(token => token.GetProperty("text").GetString() == name).GetProperty("probability").GetDouble();
        page.States("*Mary* falls from # % to # %, and *John* rises to # %", 0.1, Of("before", " Mary"), Of("after", " Mary"),
            Of("after", " John"));
    }

    [Fact]
    public void The_README_teaches_it_who_it_is()
    {
        using var page = NewSlowPage("README.md");
        page.BringFiles();
        page.Run($"tune sft {Model} --data who.jsonl --steps 20 --batch 4 --lr 1e-3 --out ada");
        Assert.Contains("Ada", page.Run($"chat {Model}+ada --message \"Who are you?\" --temperature 0").GetProperty("text").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_tour_finds_in_it_what_the_results_say()
    {
        using var page = NewSlowPage("docs/results/real-tour.md");
        var chapters = page.Run($"tour {Model} --out runs/smollm2").GetProperty("chapters").EnumerateArray()
            .ToDictionary(chapter => chapter.GetProperty("id").GetString()!);
        var rows = File.ReadAllLines(Path.Combine(DocumentationTests.Root(), "docs/results/real-tour.md"))
            .Where(line => line.StartsWith("| 0", StringComparison.Ordinal) || line.StartsWith("| 1", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        Assert.Equal(chapters.Keys, rows.Take(11).Select(row => row[1][..2]));
        Assert.All(rows.Take(11), row => Assert.Equal(chapters[row[1][..2]].GetProperty("verdict").GetString(),
            row[2] switch { "does not hold" => "no", "not asked" => "not-asked", var verdict => verdict }));
        Assert.All(rows.Skip(11), row => Assert.Contains(chapters[row[1][..2]].GetProperty("measures").EnumerateArray(), measure =>
            measure.GetProperty("name").GetString()!.EndsWith(row[1][5..], StringComparison.Ordinal)
            && Math.Abs(double.Parse(row[3].Split(' ')[0].Replace('−', '-'), CultureInfo.InvariantCulture)
                - measure.GetProperty("value").GetDouble()) < 0.05));
    }

    // What takes a minute each; the library's own tests hold the same numbers in every run.
    private static StatedPage NewSlowPage(string path = "docs/models.md")
    {
        SlowTests.Require();
        return NewPage(path);
    }

    private static StatedPage NewPage(string path = "docs/models.md")
    {
        var page = new StatedPage(path);
        page.Bring(SharedData.Path("real-models/smollm2-135m-instruct/model.gguf"), Model);
        return page;
    }
}
