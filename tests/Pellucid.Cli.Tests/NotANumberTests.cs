using Pellucid.Models;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Cli.Tests;

/// <summary>Models that hold, or compute, what is not a number: every verb says so in one line.</summary>
public sealed class NotANumberTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    private static readonly string[][] Verbs =
    [
        ["generate", "MODEL", "The cat"],
        ["generate", "MODEL", "The cat", "--logprobs"],
        ["evaluate", "loss", "MODEL", "--data", "text.txt"],
        ["evaluate", "loss", "MODEL", "--data", "text.txt", "--json"],
        ["look", "lens", "MODEL", "The cat", "--json"],
        ["look", "attention", "MODEL", "The cat", "--json"],
        ["look", "attention", "MODEL", "The cat", "--layer", "0", "--head", "1"],
        ["look", "ablate", "MODEL", "The cat sat"],
        ["look", "intervene", "MODEL", "The cat", "--change", "0.1=0"],
        ["look", "memories", "MODEL", "--data", "text.txt"],
    ];

    [Fact]
    public void A_file_of_weights_that_are_not_numbers_is_refused_by_every_verb()
    {
        CopyWith("nan", "h.0.attn.c_attn.bias", float.NaN);
        string[][] verbs =
        [
            .. Verbs, ["model", "convert", "MODEL", "--out", "converted"],
            ["train", "--init", "MODEL", "--data", "text.txt", "--steps", "2", "--out", "tuned"],
        ];
        foreach (var verb in verbs)
            TrainTests.AssertRefused(Run(verb, "nan"), 1,
                "nan/model.safetensors: tensor transformer.h.0.attn.c_attn.bias holds NaN at element 3");
        Assert.False(Path.Exists(Path.Combine(model.Folder, "converted")));
        Assert.False(Path.Exists(Path.Combine(model.Folder, "tuned")));
    }

    [Fact]
    public void A_model_whose_activations_overflow_says_where_in_every_verb()
    {
        CopyWith("overflow", "h.0.mlp.c_fc.weight", 3e38f, everywhere: true);
        foreach (var verb in Verbs)
            TrainTests.AssertRefused(Run(verb, "overflow"), 1, "mlp_pre of layer 0 is not a number");
        var outcome = Run(["train", "--init", "MODEL", "--data", "text.txt", "--steps", "2", "--out", "tuned-overflow"], "overflow");
        TrainTests.AssertRefused(outcome, 1, "mlp_pre of layer 0 is not a number at step 0");
    }

    [Fact]
    public void A_weight_too_large_for_sixteen_bits_is_refused_by_its_name_and_value()
    {
        CopyWith("large", "h.0.mlp.c_fc.weight", 3e38f);
        TrainTests.AssertRefused(model.Run("model", "convert", "large", "--type", "f16", "--out", "halves"), 1,
            "tensor transformer.h.0.mlp.c_fc.weight holds 3E+38 at element 3, which Float16 cannot hold");
        Assert.False(File.Exists(Path.Combine(model.Folder, "halves", Checkpoint.WeightsFile)));
        Assert.Equal(0, model.Run("model", "convert", "large", "--type", "bf16", "--out", "uppers").Code);
    }

    private Outcome Run(string[] verb, string name) => model.Run([.. verb.Select(word => word == "MODEL" ? name : word)]);

    // The trained model, one of whose tensors has another value at element 3, or at every element; written past the writer's checks.
    private void CopyWith(string name, string parameter, float value, bool everywhere = false)
    {
        var (source, target) = (Path.Combine(model.Folder, "model"), Path.Combine(model.Folder, name));
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        using var backend = CpuBackend.Create(1);
        using var gpt = Checkpoint.Load(source, backend);
        var path = Path.Combine(target, Checkpoint.WeightsFile);
        var bytes = File.ReadAllBytes(path);
        var start = 8 + BitConverter.ToInt64(bytes);
        foreach (var each in gpt.Parameters.Names)
        {
            var count = gpt.Parameters[each].Count;
            for (var i = everywhere ? 0 : 3; each == parameter && i < (everywhere ? count : 4); i++)
                BitConverter.TryWriteBytes(bytes.AsSpan((int)(start + 4 * i)), value);
            start += 4 * count;
        }
        File.WriteAllBytes(path, bytes);
    }
}
