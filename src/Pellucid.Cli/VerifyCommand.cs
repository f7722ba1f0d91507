using System.CommandLine;
using Pellucid.Cli.Look;
using Pellucid.Cli.Terminal;
using Pellucid.Looking;
using Pellucid.Models;
using Pellucid.Tokens;
using Spectre.Console;

namespace Pellucid.Cli;

/// <summary><c>pellucid model verify</c>: published numbers of GPT-2, computed again.</summary>
internal static class VerifyCommand
{
    /// <summary>Environment variable that names a folder of GPT-2 weights.</summary>
    public const string FolderVariable = "PELLUCID_GPT2";

    private const string Poland = "Q: What is the capital of France?\nA: Paris\nQ: What is the capital of Poland?\nA:";

    // Merullo et al. (2023), demonstration of GPT-2 medium: the likeliest token after each block.
    private static readonly string[] PolandByLayer =
        ["(", "A", "A", "A", "A", "A", "No", "C", "A", "A", "A", "A", "Unknown", "C", "St", "Poland", "Poland", "Poland", "Poland",
            "Warsaw", "Warsaw", "Warsaw", "Warsaw", "Warsaw"];

    // Four prompts of the TransformerLens demonstration, each with either name as the one who gives.
    private static readonly (string Scene, string First, string Second, string Gift)[] Gifts =
    [
        ("When John and Mary went to the shops,", "John", "Mary", "gave the bag to"),
        ("When Tom and James went to the park,", "Tom", "James", "gave the ball to"),
        ("When Dan and Sid went to the shops,", "Dan", "Sid", "gave an apple to"),
        ("After Martin and Amy went to the park,", "Martin", "Amy", "gave a drink to"),
    ];

    // Recorded with Transformer Explainer: the two likeliest next tokens, and how far their logits are apart.
    private static readonly (string Prompt, int First, int Second, double Apart)[] Recorded =
    [
        ("Data visualization empowers users to", 38350, 2251, 0.7704), ("Artificial Intelligence is transforming the", 835, 995, 0.1703),
        ("As the spaceship was approaching the", 5440, 4417, 1.3191),
        ("On the deserted planet they discovered a", 6283, 11428, 0.2427), ("IEEE VIS conference highlights the", 6817, 3452, 0.5206),
    ];

    // By shape, whose figures are known, and their losses on OpenWebText as nanoGPT's README gives them.
    private static readonly (string Name, int Layers, int Heads, double OpenWebText)[] Known = [("gpt2", 12, 12, 3.12),
        ("gpt2-medium", 24, 16, 2.84), ("gpt2-large", 36, 20, 2.67), ("gpt2-xl", 48, 25, 2.54)];

    private const int PromptsEach = 4;

    private static readonly Argument<string?> Model = new("MODEL")
    {
        Description = $"A folder of GPT-2 weights; the one that {FolderVariable} names if not given",
        Arity = ArgumentArity.ZeroOrOne
    };

    private static readonly Option<string?> OpenWebText = new("--openwebtext") { Description =
        "Also check the loss on OpenWebText: its validation tokens, val.bin, as nanoGPT's data/openwebtext/prepare.py writes them" };
    private static readonly Option<string?> Shakespeare = new("--shakespeare")
    {
        Description = "Of gpt2, also check losses and training as llm.c prints them: Tiny Shakespeare, the input.txt of char-rnn"
    };

    internal sealed record Check(string Name, string Source, string Expected, string Measured, bool Passed);

    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("verify", "Checks published numbers of GPT-2 against a folder of its weights, "
            + $"or says that they were not checked where there is none ({FolderVariable}).") { Model, OpenWebText, Shakespeare }
            .WithExample("pellucid model verify");
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult words)
    {
        var output = new Output(words.GetValue(CommonOptions.Json));
        var folder = words.GetValue(Model) ?? (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named ? named : null);
        if (folder is null)
        {
            output.Line($"not run: there are no weights; give a folder, or name it in {FolderVariable}");
            output.Json(new NotVerified($"no folder was given and {FolderVariable} is not set"), Results.Default.NotVerified);
            return PellucidCommand.Done;
        }
        using var backend = CommonOptions.CreateBackend(words);
        using var gpt = ModelFolder.LoadGpt(folder, backend);
        var tokenizer = ModelFolder.LoadTokenizer(folder, gpt.Config);
        var known = Known.FirstOrDefault(model => (model.Layers, model.Heads) == (gpt.Config.Layers, gpt.Config.Heads));
        if (known.Name is null || tokenizer.VocabularySize != GptPresets.Find("gpt2")!.VocabularySize || tokenizer.EndOfText is null)
            throw new InvalidDataException($"{folder} has {gpt.Config.Layers} layers of {gpt.Config.Heads} heads and "
                + $"{Units.Count(tokenizer.VocabularySize)} tokens; published numbers are known of gpt2 with its tokenizer "
                + $"({string.Join(", ", Known.Select(model => $"{model.Name} has {model.Layers} layers of {model.Heads} heads"))})");
        var (checks, notRun) = (known.Name == "gpt2" ? Small(gpt, tokenizer) : known.Name == "gpt2-medium" ? Medium(gpt, tokenizer) : [],
            new List<NotChecked>());
        if (words.GetValue(OpenWebText) is { } tokens)
            checks.Add(PublishedLosses.OpenWebText(gpt, tokens, known.OpenWebText));
        else
            notRun.Add(new("loss on OpenWebText",
                "--openwebtext names its tokens: the val.bin that nanoGPT's data/openwebtext/prepare.py writes"));
        if (known.Name == "gpt2" && words.GetValue(Shakespeare) is { } text)
            checks.AddRange(PublishedLosses.TinyShakespeare(gpt, () => ModelFolder.LoadGpt(folder, backend), tokenizer, text));
        else if (known.Name == "gpt2")
            notRun.Add(new("losses and training of llm.c on Tiny Shakespeare",
                "--shakespeare names its text: github.com/karpathy/char-rnn, data/tinyshakespeare/input.txt"));
        if (known.Name == "gpt2-medium")
            notRun.Add(new("norms of published feed-forward vectors", "they belong to other files, and say nothing of weights"));

        var verified = new VerifiedModel(folder, checks.All(check => check.Passed), checks, notRun);
        var table = new Table().Border(TableBorder.Minimal).AddColumns("check", "published", "here", "", "source");
        foreach (var check in verified.Checks)
            table.AddPlainRow(check.Name, check.Expected, check.Measured, check.Passed ? "holds" : "DIFFERS", check.Source);
        output.People.Write(table);
        foreach (var (name, reason) in verified.NotRun)
            output.Line($"not run: {name}; {reason}");
        output.Json(verified, Results.Default.VerifiedModel);
        return verified.Passed ? PellucidCommand.Done : PellucidCommand.Failed;
    }

    /// <summary>Checks of GPT-2 small.</summary>
    private static List<Check> Small(Gpt gpt, Tokenizer tokenizer)
    {
        var start = tokenizer.EndOfText!.Value;
        int[] hello = [start, .. tokenizer.Encode("Hello world!")];
        using var loss = new Ablation(gpt, new Prompts([hello]), AblationKind.Zero);
        var questions = Gifts.SelectMany(gift => new[] { (gift.First, gift.Second), (gift.Second, gift.First) }.Select(names =>
            new Question([start, .. tokenizer.Encode($"{gift.Scene} {names.Item1} {gift.Gift}")], tokenizer.Encode(" " + names.Item2)[0],
                tokenizer.Encode(" " + names.Item1)[0]))).ToList();
        var last = questions[0].Tokens.Length - 1;
        var prompts = new Prompts(questions.Select(question => question.Tokens));
        prompts.RequireOneLength();
        using var gifts = new Ablation(gpt, prompts, AblationKind.Zero, questions: questions);
        return
        [
            Number("mean loss of <|endoftext|>Hello world!", "TransformerLens acceptance test", 5.331856, loss.Loss.Mean, 4e-5, 6),
            Number("logit difference of 8 indirect-object prompts", "TransformerLens demonstration", 3.55,
                gifts.LogitDifference!.Value.Mean, 0.01, 2),
            Number("the same with head 9.9 zeroed at the end", "TransformerLens demonstration", 2.99,
                gifts.Each([new Component(Activation.Z, 9, 9, Position: last)])[0].LogitDifference!.Value.Mean, 0.01, 2),
            .. InTemplates(gpt, tokenizer),
            .. Recorded.Select(recorded => Next(gpt, tokenizer, recorded.Prompt, recorded.First, recorded.Second, recorded.Apart)),
        ];
    }

    // The paper's figures are of its own names, places and things; ours differ, so that these can only be near.
    private static List<Check> InTemplates(Gpt gpt, Tokenizer tokenizer)
    {
        const string source = "Wang et al. 2023, other names";
        var data = new IndirectObjectData(tokenizer, IndirectObjectData.BuiltIn(tokenizer, 1, PromptsEach));
        using var measure = new CircuitMeasure(gpt, data);
        var questions = data.Questions;
        var probability = LogitLens.Read(gpt, new Prompts(questions.Select(question => question.Tokens)), 1, midway: false,
            target: (prompt, _) => questions[prompt].Right,
            wanted: (prompt, position) => position == data.PositionOf(Role.End, prompt))
            .Where(reading => reading.Layer == gpt.Config.Layers - 1)
            .Average(reading => reading.TargetProbability);
        var (accuracy, whole, alone) = (measure.Accuracy(), measure.Model().Mean, measure.Of(PublishedCircuit.Create()).Mean);
        return
        [
            new Check("indirect objects in 15 templates, right", source, "99.3 %", $"{Units.Number(100 * accuracy, 1)} %", accuracy > 0.95),
            Number("their logit difference F(M)", source, 3.56, whole, 1, 2),
            new Check("probability of the right name", source, "49 %", $"{Units.Number(100 * probability, 1)} %",
                Math.Abs(probability - 0.49) < 0.15),
            new Check("left of it by the published circuit of 26 heads alone, F(C) / F(M)", source, "0.87", Units.Number(alone / whole, 2),
                Math.Abs(alone / whole - 0.87) < 0.25),
        ];
    }

    private static Check Next(Gpt gpt, Tokenizer tokenizer, string prompt, int first, int second, double apart)
    {
        var tokens = tokenizer.Encode(prompt);
        var top = LogitLens.Read(gpt, new Prompts([tokens]), 2, midway: false,
            wanted: (_, position) => position == tokens.Length - 1)[^1].Top;
        var here = Math.Log(top[0].Probability / top[1].Probability);
        string Pair(int one, int other, double distance) =>
            $"{tokenizer.Decode([one])},{tokenizer.Decode([other])} {Units.Number(distance, 3)}";
        return new Check($"'{prompt} …'", "Transformer Explainer", Pair(first, second, apart), Pair(top[0].Token, top[1].Token, here),
            (top[0].Token, top[1].Token) == (first, second) && Math.Abs(here - apart) < 2e-3);
    }

    private static List<Check> Medium(Gpt gpt, Tokenizer tokenizer)
    {
        var tokens = tokenizer.Encode(Poland);
        var readings = LogitLens.Read(gpt, new Prompts([tokens]), 1, wanted: (_, position) => position == tokens.Length - 1);
        string Says(Activation activation, int layer) =>
            tokenizer.Decode([readings.Single(reading => reading.Activation == activation && reading.Layer == layer).Top[0].Token]).Trim();
        var said = Enumerable.Range(0, gpt.Config.Layers).Select(layer => Says(Activation.ResidPost, layer)).ToArray();
        const string source = "Merullo et al. 2023, demonstration";
        return
        [
            new Check("likeliest token after each block, capital of Poland", source, string.Join(' ', PolandByLayer),
                string.Join(' ', said), said.SequenceEqual(PolandByLayer)),
            new Check("before feed-forward layer 19 (no. 20) it still says", source, "Poland", Says(Activation.ResidMid, 19),
                Says(Activation.ResidMid, 19) == "Poland"),
        ];
    }

    internal static Check Number(string name, string source, double expected, double measured, double tolerance, int decimals) =>
        new(name, source, Units.Number(expected, decimals), Units.Number(measured, decimals), Math.Abs(measured - expected) <= tolerance);
}

/// <summary>Published numbers that were not computed again, and why.</summary>
internal sealed record NotVerified(string Reason)
{
    public bool Run => false;
}

/// <summary>Published numbers beside those of a model.</summary>
internal sealed record VerifiedModel(string Model, bool Passed, IReadOnlyList<VerifyCommand.Check> Checks, IReadOnlyList<NotChecked> NotRun)
{
    public bool Run => true;
}

/// <summary>A published number that was not computed again, and why.</summary>
internal sealed record NotChecked(string Name, string Reason);
