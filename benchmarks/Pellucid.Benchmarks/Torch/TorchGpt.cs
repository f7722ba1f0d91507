using Pellucid.Models;
using Pellucid.Models.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Weight = TorchSharp.Modules.Parameter;
using F = TorchSharp.torch.nn.functional;

namespace Pellucid.Benchmarks.Torch;

// Fields bear the names that GPT-2's checkpoints have: TorchSharp names parameters after them.
#pragma warning disable IDE1006

/// <summary>GPT-2 of TorchSharp's modules, as nanoGPT writes it: tokens (B, T) and their targets to the mean loss.</summary>
internal sealed class TorchGpt : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding wte, wpe;
    private readonly ModuleList<TorchBlock> h;
    private readonly LayerNorm ln_f;

    /// <summary>All of it is trained or, where a rank is given, what LoRA of that rank adds to its linear layers.</summary>
    public TorchGpt(GptConfig config, int? rank = null) : base("gpt")
    {
        wte = nn.Embedding(config.VocabularySize, config.Width);
        wpe = nn.Embedding(config.Context, config.Width);
        h = new([.. Enumerable.Range(0, config.Layers).Select(_ => new TorchBlock(config, rank))]);
        ln_f = nn.LayerNorm(config.Width, config.Norm.Epsilon);
        RegisterComponents();
        foreach (var (name, parameter) in named_parameters())
            parameter.requires_grad = rank is null || IsAdded(name);
    }

    /// <summary>A linear layer, with LoRA's two factors beside it where a rank is given.</summary>
    public static nn.Module<Tensor, Tensor> Linear(int width, int outputs, int? rank) =>
        rank is { } r ? new TorchLoraLinear(width, outputs, r) : nn.Linear(width, outputs);

    private static bool IsAdded(string name) => name.Contains(".lora_", StringComparison.Ordinal);

    /// <summary>Takes over the parameters of the same names;
    /// a linear layer of torch keeps its weight as (out, in), we as (in, out).</summary>
    public void CopyFrom(Gpt gpt)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in named_parameters().Where(one => !IsAdded(one.name)))
        {
            var own = gpt.Parameters[name];
            var values = new float[own.Count];
            gpt.Parameters.Read(gpt.Parameters.IndexOf(name), values);
            using var copy = tensor(values, [.. Enumerable.Range(0, own.Shape.Rank).Select(axis => (long)own.Shape[axis])]);
            parameter.copy_(name.Contains(".c_", StringComparison.Ordinal) && own.Shape.Rank == 2 ? copy.t() : copy);
        }
    }

    /// <summary>Takes over what an adapter adds; factors are (r, in) and (out, r) in both.</summary>
    public void CopyFrom(Adapter adapter)
    {
        using var _ = no_grad();
        foreach (var (name, parameter) in named_parameters().Where(one => IsAdded(one.name)))
        {
            var module = name[..name.IndexOf(".lora_", StringComparison.Ordinal)];
            var layer = adapter.Layers.Single(layer => layer.Module.Name.EndsWith(module, StringComparison.Ordinal));
            var index = name.EndsWith("lora_A", StringComparison.Ordinal) ? layer.A : layer.B;
            var values = new float[adapter.ShapeOf(index).Count];
            adapter.Parameters.Read(index, values);
            parameter.copy_(tensor(values, parameter.shape));
        }
    }

    public override Tensor forward(Tensor tokens, Tensor targets)
    {
        var x = wte.forward(tokens) + wpe.forward(arange(tokens.shape[1])); // (B, T, C)
        foreach (var block in h)
            x = block.forward(x);
        var logits = F.linear(ln_f.forward(x), wte.weight!); // (B, T, V)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten());
    }
}

internal sealed class TorchBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm ln_1, ln_2;
    private readonly TorchAttention attn;
    private readonly TorchFeedForward mlp;

    public TorchBlock(GptConfig config, int? rank) : base("block")
    {
        (ln_1, ln_2) = (nn.LayerNorm(config.Width, config.Norm.Epsilon), nn.LayerNorm(config.Width, config.Norm.Epsilon));
        (attn, mlp) = (new TorchAttention(config, rank), new TorchFeedForward(config, rank));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x += attn.forward(ln_1.forward(x));
        return x + mlp.forward(ln_2.forward(x));
    }
}

internal sealed class TorchAttention : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> c_attn, c_proj;
    private readonly int _heads;

    public TorchAttention(GptConfig config, int? rank) : base("attention")
    {
        c_attn = TorchGpt.Linear(config.Width, 3 * config.Width, rank);
        (c_proj, _heads) = (TorchGpt.Linear(config.Width, config.Width, rank), config.Heads);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (B, T, C) = (x.shape[0], x.shape[1], x.shape[2]);
        var qkv = c_attn.forward(x).split(C, dim: 2); // (B, T, C) each
        Tensor Heads(Tensor part) => part.view(B, T, _heads, C / _heads).transpose(1, 2); // (B, H, T, D)
        var z = F.scaled_dot_product_attention(Heads(qkv[0]), Heads(qkv[1]), Heads(qkv[2]), is_casual: true);
        return c_proj.forward(z.transpose(1, 2).contiguous().view(B, T, C));
    }
}

internal sealed class TorchFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> c_fc, c_proj;

    public TorchFeedForward(GptConfig config, int? rank) : base("feed-forward")
    {
        c_fc = TorchGpt.Linear(config.Width, config.FeedForwardWidth, rank);
        c_proj = TorchGpt.Linear(config.FeedForwardWidth, config.Width, rank);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => c_proj.forward(F.gelu(c_fc.forward(x), approximate: GELU.Approximate.tanh));
}

/// <summary>A linear layer that stays as it is, and beside it LoRA's product of two factors that are trained, with α = 2r, as PEFT
/// writes it.</summary>
internal sealed class TorchLoraLinear : nn.Module<Tensor, Tensor>
{
    private readonly Weight weight, bias, lora_A, lora_B;

    public TorchLoraLinear(int width, int outputs, int rank) : base("lora")
    {
        (weight, bias) = (new Weight(zeros(outputs, width)), new Weight(zeros(outputs)));
        (lora_A, lora_B) = (new Weight(zeros(rank, width)), new Weight(zeros(outputs, rank)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => F.linear(x, weight, bias) + 2 * F.linear(F.linear(x, lora_A), lora_B);
}
